import type { Handler } from '@vbs-lustre/shared/soap/endpoint';
import type { volumeDelegate } from '@vbs-lustre/wsdl';
import type { FileList } from '../storage/fileList.js';
import type { Storage } from '../storage/storage.js';

/** The files in the volume directory, a page at once. */
export function describeFiles(
  list: FileList,
  storage: Storage,
): Handler<volumeDelegate.VolumeDelegate['DescribeFiles']> {
  return async ({ kind, after }) => {
    // Where Lustre is not mounted any more, this fails: else every file would be missing.
    await storage.targets();
    const { files, more } = await list.page(kind, after);
    return { fileSet: { item: files }, more };
  };
}
