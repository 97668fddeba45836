import type { Database } from './database.js';

/** What is written of the file that an order makes. */
export interface Progress {
  orderId: string;
  bytesDone: number;
}

/** Notes how far the files are that a Volume Delegate makes. Of an order that is not, or no longer, its own it says nothing. */
export async function noteProgress(
  database: Database,
  delegate: string,
  progress: readonly Progress[],
): Promise<void> {
  for (const { orderId, bytesDone } of progress) {
    for (const table of ['volumes', 'snapshots', 'exports']) {
      const changed = await database(table)
        .where({ order_id: orderId, delegate })
        .whereIn('status', ['pending', 'modifying'])
        .update({ bytes_done: bytesDone });
      if (changed > 0) break;
    }
  }
}
