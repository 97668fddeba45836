import type { vbslustre } from '@vbs-lustre/wsdl';
import type { FrontEnd, UserOperation } from '../frontEnd.js';
import { type FastRestore, fastRestores } from '../metadata/fastRestores.js';
import { FAILURE } from '../metadata/files.js';
import { hasRoom, targetOf } from '../warmClones.js';
import { askedPage, cutPage } from './pages.js';
import { checkOwn } from './validate.js';

/** Of which snapshots of the caller volumes are kept ready, how many are, and why not more; page by page. */
export function describeFastSnapshotRestores(
  frontEnd: FrontEnd,
): UserOperation<'DescribeFastSnapshotRestores'> {
  const { database } = frontEnd;
  return async (request, { userId }) => {
    const ids = request.snapshotSet?.item.map(({ snapshotId }) => snapshotId) ?? [];
    const page = askedPage('DescribeFastSnapshotRestores', request, ids, userId, []);
    // What is gone since the first page was there then.
    if (!page.query.after) await checkOwn(database, 'snapshots', ids, userId);
    const rows = await fastRestores(database, page.query);
    const { shown, nextToken } = cutPage(
      page,
      rows,
      ({ snapshotId: id, createTime }) => ({ id, createTime }),
      () => 1,
    );
    const item = await Promise.all(shown.map((restore) => present(frontEnd, restore)));
    return { fastSnapshotRestoreSet: { item }, nextToken };
  };
}

/** In EC2's words. */
async function present(
  frontEnd: FrontEnd,
  restore: FastRestore,
): Promise<vbslustre.FastSnapshotRestore> {
  const { snapshotId, sizeBytes, clones, createTime } = restore;
  const count = targetOf(frontEnd, restore);
  const ready = clones.filter(({ status }) => status === 'available').length;
  const stateOf = () => {
    if (count === 0) return clones.length > 0 || restore.wanted === 0 ? 'disabling' : 'disabled';
    if (ready >= count) return 'enabled';
    return clones.length === 0 ? 'enabling' : 'optimizing';
  };
  const why = async () => {
    if (ready >= count) return undefined;
    const failed = clones.find(({ status }) => status === FAILURE);
    if (failed) return `One could not be made: ${failed.statusMessage}`;
    if (clones.some(({ status }) => status === 'pending')) return undefined;
    return (await hasRoom(frontEnd, sizeBytes)) ? undefined : 'There is no space for more now.';
  };
  return {
    snapshotId,
    state: stateOf(),
    stateTransitionReason: await why(),
    count,
    readyCount: ready,
    createTime,
  };
}
