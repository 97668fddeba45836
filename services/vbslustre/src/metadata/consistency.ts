import type { Database } from './database.js';

/**
 * What a snapshot is worth, for ever. `exact`: nobody could write while it was copied. `crash-consistent`: what was on the disk at
 * one moment. `torn`: a machine could write while it was copied, so its blocks are of different moments.
 */
export type Consistency = 'exact' | 'crash-consistent' | 'torn';

/** The counter of the volume that holds its file for a copy. Only an exact one keeps writers out. */
export function pinColumn(consistency: Consistency): 'copies' | 'live_copies' {
  return consistency === 'exact' ? 'copies' : 'live_copies';
}

/**
 * Keeps the file of an available volume from being deleted while it is copied, whoever has the volume. One statement: if there is
 * a writer, or one that is about to come or go, it may write while the file is copied; if there is none, none gets in.
 *
 * @returns what the copy will be; undefined if the volume is not available
 */
export async function pinAsItIs(
  database: Database,
  volumeId: string,
): Promise<'exact' | 'torn' | undefined> {
  const pinned: { writers: number }[] = await database('volumes')
    .where({ id: volumeId, status: 'available' })
    .update({
      copies: database.raw('copies + 1 - writers'),
      live_copies: database.raw('live_copies + writers'),
    })
    .returning('writers');
  const [volume] = pinned;
  return volume && (volume.writers > 0 ? 'torn' : 'exact');
}
