import { newId } from '@vbs-lustre/shared/ids';
import type { Database } from '../metadata/database.js';
import { ALICE } from './site.js';

const ROWS_AT_ONCE = 500;

/** Writes down so many available volumes of alice's, ten of them made at each instant. @returns their ids, oldest first */
export async function manyVolumes(database: Database, count: number): Promise<string[]> {
  const rows = Array.from({ length: count }, (_, at) => {
    const create_time = new Date(Date.UTC(2026, 0) + Math.floor(at / 10)).toISOString();
    const order = { order_id: newId('ord'), delegate: 'a', create_time, changed_at: create_time };
    return { id: newId('vol'), owner: ALICE, size_bytes: 1, status: 'available', ...order };
  });
  await database.batchInsert('volumes', rows, ROWS_AT_ONCE);
  const sorted = rows.toSorted((a, b) =>
    `${a.create_time} ${a.id}` < `${b.create_time} ${b.id}` ? -1 : 1,
  );
  return sorted.map(({ id }) => id);
}
