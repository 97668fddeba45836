import type { vbslustre } from '@vbs-lustre/wsdl';
import type { User } from '../clients/user.js';

export interface Ledger {
  volumes: readonly vbslustre.Volume[];
  snapshots: readonly vbslustre.Snapshot[];
  /** Those of them that are shared with all, where somebody asks for it. */
  shared?: readonly vbslustre.Snapshot[];
}

/** All that the front ends say there is. @throws {Error} if one of them refuses, when all is well */
export async function readLedger(users: readonly User[]): Promise<Ledger> {
  const volumes: vbslustre.Volume[] = [];
  const snapshots: vbslustre.Snapshot[] = [];
  for (const user of users) {
    const all = await user.call(`${user.name}.auditor`, 'DescribeVolumes', {});
    const copies = await user.call(`${user.name}.auditor`, 'DescribeSnapshots', {});
    if (!all.answer || !copies.answer) {
      throw new Error(`${user.name} gets no list: ${all.message ?? copies.message}`);
    }
    volumes.push(...all.answer.volumeSet.item);
    snapshots.push(...copies.answer.snapshotSet.item);
  }
  return { volumes, snapshots };
}

/** What is on its way, in words. */
export function passing({ volumes, snapshots }: Ledger): string[] {
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
    ...volumes
      .flatMap(({ attachmentSet }) => attachmentSet.item)
      .filter(({ status }) => status !== 'attached')
      .map((each) => `${each.volumeId} ${each.status} (${each.instanceId} ${each.device})`),
  ];
}
