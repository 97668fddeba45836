import type { Tools } from './execute.js';
import { isNeverWritten } from './fill.js';
import { type CreateOrder, partOf } from './job.js';

/**
 * Brings the mirrors of a file in step, if it has any, before it gets its name. What is never written again is then protected for
 * ever, or not made; a volume that is not yet in step is so later (see MirrorWatch).
 * @throws {CommandError} of a file that is never written
 */
export async function syncMirrors(
  order: CreateOrder,
  { mirrors }: Pick<Tools, 'mirrors'>,
  signal: AbortSignal,
): Promise<void> {
  if (!mirrors || order.kind === 'export') return;
  signal.throwIfAborted();
  try {
    await mirrors.sync(partOf(order), order.sizeBytes, signal);
  } catch (error) {
    signal.throwIfAborted();
    if (isNeverWritten(order)) throw error;
    mirrors.tell(order.id, error);
  }
}
