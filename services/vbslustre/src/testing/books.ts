import { expect } from 'vitest';
import type { Database } from '../metadata/database.js';

/** Whether its file is being copied, or that has not surely ended. */
function isCopied({ status, cancelled }: { status: string; cancelled: boolean | number }): boolean {
  return status === 'pending' || (status === 'deleting' && Boolean(cancelled));
}

/**
 * What must hold in the database after every operation, whatever became of it: places are those of the attachments,
 * pins those of the copies under way, one writer or many readers, and no token without what it made
 * or an answer.
 */
export async function checkBooks(database: Database): Promise<void> {
  const volumes = await database('volumes');
  const snapshots = await database('snapshots');
  const attachments = await database('attachments');
  const exports = await database('exports');
  const verifications = await database('verifications');
  const exporting = (id: string) =>
    exports.filter((each) => each.source_id === id && each.status === 'pending').length;
  for (const { id, readers, writers, copies, live_copies } of volumes) {
    const modes = attachments.filter((each) => each.volume_id === id).map(({ mode }) => mode);
    const copying = snapshots.filter((each) => each.volume_id === id && isCopied(each));
    const isLive = ({ consistency }: { consistency: string }) => consistency !== 'exact';
    expect({ id, readers, writers, copies, live_copies }).toEqual({
      id,
      readers: modes.filter((mode) => mode === 'r').length,
      writers: modes.filter((mode) => mode === 'w').length,
      copies: copying.filter((each) => !isLive(each)).length + exporting(id),
      live_copies: copying.filter(isLive).length,
    });
    expect(writers === 0 || modes.length === 1).toBe(true);
  }
  for (const { id, copies, verifying } of snapshots) {
    const copying = volumes.filter((each) => each.snapshot_id === id && isCopied(each));
    const isVerified = verifications.some((each) => each.id === id);
    expect({ id, copies, verifying: Boolean(verifying) }).toEqual({
      ...{ id, verifying: isVerified },
      copies: copying.length + exporting(id) + Number(isVerified),
    });
  }
  const ids = [...volumes, ...snapshots, ...exports].map(({ id }) => id);
  const orders = attachments.map(({ order_id }) => order_id);
  for (const { resource_id } of await database('client_tokens').where({ answer: null })) {
    expect([...ids, ...orders]).toContain(resource_id);
  }
}
