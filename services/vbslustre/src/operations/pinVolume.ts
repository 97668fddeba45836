import type { VmmDelegates } from '../delegates/vmmDelegates.js';
import type { Attachment } from '../metadata/attachments.js';
import { type Consistency, pinAsItIs } from '../metadata/consistency.js';
import { pinForCopy } from '../metadata/copies.js';
import type { Database } from '../metadata/database.js';
import { canCopy } from '../metadata/delegates.js';
import { pin } from '../metadata/files.js';

export interface PinnedVolume {
  consistency: Consistency;
  /** Of a copy that the host of the writing machine makes. */
  writer?: Attachment;
}

/**
 * Keeps a volume's file for a copy, and says what that will be: exact of one that nobody writes, of one moment if the writer's
 * host can do that, and by force whatever cp makes of it.
 * @returns undefined if it can't be copied so; the transaction is to be taken back then
 */
export async function pinVolume(
  transaction: Database,
  { roster }: VmmDelegates,
  volumeId: string,
  force: boolean,
): Promise<PinnedVolume | undefined> {
  if (force) {
    const consistency = await pinAsItIs(transaction, volumeId);
    return consistency && { consistency };
  }
  if (await pin(transaction, 'volumes', volumeId)) return { consistency: 'exact' };
  const writer = await pinForCopy(transaction, volumeId);
  if (!writer || !(await canCopy(transaction, writer.vmm, roster.aliveSeconds))) return undefined;
  return { consistency: 'crash-consistent', writer };
}
