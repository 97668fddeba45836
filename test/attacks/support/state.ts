import { randomBytes } from 'node:crypto';
import { copyFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Deployment } from '@vbs-lustre/lab/deployment/deployment';
import { Sqlite } from '../../../services/vbslustre/src/metadata/sqlite.js';

interface OpenDatabase {
  prepare(sql: string): {
    all(...values: unknown[]): Record<string, unknown>[];
    run(...values: unknown[]): unknown;
  };
  close(): void;
}

type Driver = new (file: string, options: { readonly: boolean }) => OpenDatabase;

const Database = Sqlite.prototype._driver() as unknown as Driver;

/** Every row of every table but what the front end renews by itself, and every file in the volume directory, as lines of text. */
export function stateOf({ layout }: Deployment): string[] {
  return [...rowsOf(layout.database), ...filesIn(layout.volumes)];
}

/** One more volume, like this one, of the same owner or another: a row and a file, since asking for hundreds of them takes minutes. */
export function copyVolume({ layout }: Deployment, volumeId: string, change: object = {}): string {
  const id = `vol-${randomBytes(9).toString('hex').slice(1)}`;
  copyFileSync(join(layout.volumes, volumeId), join(layout.volumes, id));
  inDatabase(layout.database, false, (database) => {
    const [row] = database.prepare('SELECT * FROM volumes WHERE id = ?').all(volumeId);
    const columns = Object.keys(row ?? {});
    const places = columns.map(() => '?').join(', ');
    const values = Object.values({ ...row, ...change, id });
    database
      .prepare(`INSERT INTO volumes (${columns.join(', ')}) VALUES (${places})`)
      .run(...values);
  });
  return id;
}

const ALWAYS_CHANGING = ['leases', 'delegates', 'seen_messages'];

function rowsOf(file: string): string[] {
  return inDatabase(file, true, (database) => {
    const tables = database
      .prepare("SELECT name FROM sqlite_master WHERE type = 'table'")
      .all()
      .filter(({ name }) => !ALWAYS_CHANGING.includes(String(name)));
    return tables.flatMap(({ name }) =>
      database
        .prepare(`SELECT * FROM "${name}" ORDER BY 1`)
        .all()
        .map((row) => `${name} ${JSON.stringify(row)}`),
    );
  });
}

function inDatabase<T>(file: string, readonly: boolean, work: (database: OpenDatabase) => T): T {
  const database = new Database(file, { readonly });
  try {
    return work(database);
  } finally {
    database.close();
  }
}

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .sort()
    .flatMap((name) => {
      // One that is being deleted may be gone by now.
      const state = statSync(join(folder, name), { throwIfNoEntry: false });
      return state ? [`${name} ${state.size} ${state.mtimeMs}`] : [];
    });
}
