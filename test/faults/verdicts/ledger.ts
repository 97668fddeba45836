import type { vbslustre } from '@vbs-lustre/wsdl';
import type { User } from '../clients/user.js';

export interface Ledger {
  volumes: readonly vbslustre.Volume[];
  snapshots: readonly vbslustre.Snapshot[];
  /** Those of them that are shared with all, where somebody asks for it. */
  shared?: readonly vbslustre.Snapshot[];
  exports: readonly vbslustre.ExportTask[];
  /** Of which snapshots volumes are kept ready, where somebody asks for it. */
  fastRestores?: readonly vbslustre.FastSnapshotRestore[];
}

/** All that the front ends say there is. @throws {Error} if one of them refuses, when all is well */
export async function readLedger(users: readonly User[]): Promise<Ledger> {
  const volumes: vbslustre.Volume[] = [];
  const snapshots: vbslustre.Snapshot[] = [];
  const exports: vbslustre.ExportTask[] = [];
  for (const user of users) {
    const all = await user.call(`${user.name}.auditor`, 'DescribeVolumes', {});
    const copies = await user.call(`${user.name}.auditor`, 'DescribeSnapshots', {});
    const tasks = await user.call(`${user.name}.auditor`, 'DescribeExportTasks', {});
    if (!all.answer || !copies.answer || !tasks.answer) {
      const message = all.message ?? copies.message ?? tasks.message;
      throw new Error(`${user.name} gets no list: ${message}`);
    }
    volumes.push(...all.answer.volumeSet.item);
    snapshots.push(...copies.answer.snapshotSet.item);
    exports.push(...tasks.answer.exportTaskSet.item);
  }
  return { volumes, snapshots, exports };
}

/** What is on its way, in words. */
export function passing({ volumes, snapshots, exports, fastRestores = [] }: Ledger): string[] {
  const isPassing = (status: string) => status === 'pending' || status === 'deleting';
  return [
    ...volumes
      .filter(({ status }) => isPassing(status))
      .map((each) => `${each.volumeId} ${each.status}`),
    ...volumes
      .filter(({ modificationState }) => modificationState === 'modifying')
      .map((each) => `${each.volumeId} ${each.modificationState}`),
    ...snapshots
      .filter(({ status }) => isPassing(status))
      .map((each) => `${each.snapshotId} ${each.status}`),
    ...snapshots
      .filter(({ verifyState }) => verifyState === 'verifying')
      .map((each) => `${each.snapshotId} ${each.verifyState}`),
    ...exports
      .filter(({ state }) => state === 'active')
      .map((each) => `${each.exportTaskId} ${each.state}`),
    ...fastRestores
      .filter(({ state }) => state !== 'enabled')
      .map((each) => `${each.snapshotId} ${each.state} (${each.stateTransitionReason})`),
    ...volumes
      .flatMap(({ attachmentSet }) => attachmentSet.item)
      .filter(({ status }) => status !== 'attached')
      .map((each) => `${each.volumeId} ${each.status} (${each.instanceId} ${each.device})`),
  ];
}
