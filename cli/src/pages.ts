import type { VBSLustreClient } from '@vbs-lustre/client';
import type { vbslustre } from '@vbs-lustre/wsdl';
import { type ListingOptions, pagesOf } from './listing.js';
import type { Choice } from './sharing.js';

/** @param ids all, if there are none */
export function volumePages(
  { DescribeVolumes }: VBSLustreClient,
  ids: readonly string[],
  options: ListingOptions = {},
): AsyncGenerator<readonly vbslustre.Volume[]> {
  const item = ids.map((volumeId) => ({ volumeId }));
  const volumeSet = item.length > 0 ? { item } : undefined;
  return pagesOf(options, async (listing) => {
    const { volumeSet: shown, nextToken } = await DescribeVolumes({ volumeSet, ...listing });
    return { items: shown.item, nextToken };
  });
}

/** @param ids all that are chosen, if there are none @param choice the caller's own if it says nothing */
export function snapshotPages(
  { DescribeSnapshots }: VBSLustreClient,
  ids: readonly string[],
  options: ListingOptions = {},
  choice: Choice = {},
): AsyncGenerator<readonly vbslustre.Snapshot[]> {
  const item = ids.map((snapshotId) => ({ snapshotId }));
  const snapshotSet = item.length > 0 ? { item } : undefined;
  return pagesOf(options, async (listing) => {
    const { snapshotSet: shown, nextToken } = await DescribeSnapshots({
      ...{ snapshotSet, ...choice, ...listing },
    });
    return { items: shown.item, nextToken };
  });
}
