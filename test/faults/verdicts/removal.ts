import type { User } from '../clients/user.js';
import type { Deed } from '../support/history.js';
import { readLedger } from './ledger.js';

/**
 * Detaches and deletes everything that a user has: a place or a copy that nobody has given back would prevent it.
 * @returns what was refused, in words
 */
export async function removeAll(user: User): Promise<string[]> {
  const client = `${user.name}.cleaner`;
  const refused: string[] = [];
  const note = ({ operation, request, outcome, message }: Deed): void => {
    if (outcome === 'acknowledged') return;
    refused.push(`${operation} ${JSON.stringify(request)}: ${outcome}: ${message}`);
  };
  const { volumes, snapshots } = await readLedger([user]);
  for (const { volumeId, instanceId, vmm, device } of volumes.flatMap(
    ({ attachmentSet }) => attachmentSet.item,
  )) {
    note(await user.call(client, 'DetachVolume', { volumeId, instanceId, vmm, device }));
  }
  for (const { snapshotId } of snapshots) {
    note(await user.call(client, 'DeleteSnapshot', { snapshotId }));
  }
  for (const { volumeId } of volumes) note(await user.call(client, 'DeleteVolume', { volumeId }));
  return refused;
}
