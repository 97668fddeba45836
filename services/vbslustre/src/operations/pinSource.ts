import { ServiceFault } from '@vbs-lustre/shared/faults';
import type { Database } from '../metadata/database.js';
import { pin } from '../metadata/files.js';
import { restorableSnapshot } from './validate.js';

/**
 * Keeps a snapshot while a volume is made from it. The pin locks it, as does whoever shares it or ends that: only a look after
 * that, by a statement of its own, sees whether the caller may still use it.
 *
 * @throws {ServiceFault} `InvalidSnapshot.NotFound`, `IncorrectState`
 */
export async function pinSource(transaction: Database, id: string, userId: string): Promise<void> {
  const isPinned = await pin(transaction, 'snapshots', id);
  await restorableSnapshot(transaction, id, userId);
  if (isPinned) return;
  throw new ServiceFault('IncorrectState', `${id} is not available; wait until it is.`);
}
