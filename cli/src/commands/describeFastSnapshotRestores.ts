import type { VBSLustreClient } from '@vbs-lustre/client';
import { Command } from 'commander';
import type { Io } from '../io.js';
import { type ListingOptions, pagesOf } from '../listing.js';
import { FAST_RESTORES } from '../output/fastRestores.js';
import { Session } from '../session.js';
import { wholeNumber } from './options.js';

export function describeFastSnapshotRestores(io: Io): Command {
  const command = new Command('describe-fast-snapshot-restores')
    .description('show of which snapshots of yours volumes are kept ready, and how many are')
    .argument('[snapshots...]', 'only of these')
    .option('--max-items <number>', 'show so many at most', wholeNumber);
  return command.action(async (ids: readonly string[], options: ListingOptions) => {
    const session = Session.of(io, command);
    const { DescribeFastSnapshotRestores } = await session.connect();
    const pages = pagesOf(options, async ({ maxResults, nextToken }) => {
      const page = { snapshotSet: named(ids), maxResults, nextToken };
      const answer = await DescribeFastSnapshotRestores(page);
      return { items: answer.fastSnapshotRestoreSet.item, nextToken: answer.nextToken };
    });
    await session.showPages(FAST_RESTORES, pages);
  });
}

/** As it is after it was changed: nothing, if none were kept ready before. */
export async function showFastRestore(
  session: Session,
  { DescribeFastSnapshotRestores }: Pick<VBSLustreClient, 'DescribeFastSnapshotRestores'>,
  snapshotId: string,
): Promise<void> {
  const request = { snapshotSet: named([snapshotId]) };
  const { fastSnapshotRestoreSet } = await DescribeFastSnapshotRestores(request);
  await session.showPages(FAST_RESTORES, [fastSnapshotRestoreSet.item]);
}

function named(ids: readonly string[]) {
  const item = ids.map((snapshotId) => ({ snapshotId }));
  return item.length > 0 ? { item } : undefined;
}
