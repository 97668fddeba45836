import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { run } from '@vbs-lustre/shared/process/run';

export interface Account {
  uid: number;
  gid: number;
}

/** Where Debian puts them, a folder for each version. */
const VERSIONS = '/usr/lib/postgresql';
const LOOK_MS = 10_000;

/** The folder of the newest PostgreSQL's programs. @throws {Error} a sentence for a person */
export async function findPrograms(): Promise<string> {
  const versions = await readdir(VERSIONS).catch(() => []);
  const [newest] = versions
    .map(Number)
    .filter(Number.isFinite)
    .sort((a, b) => b - a);
  if (newest === undefined) {
    throw new Error('PostgreSQL is not installed: sudo apt-get install postgresql');
  }
  return join(VERSIONS, String(newest), 'bin');
}

/** The user that Debian's package has made, if this is root, whom PostgreSQL refuses. */
export async function accountForPostgres(): Promise<Account | undefined> {
  if (process.getuid?.() !== 0) return undefined;
  const number = async (option: string): Promise<number> =>
    Number((await run('id', [option, 'postgres'], { timeoutMs: LOOK_MS })).stdout);
  return { uid: await number('-u'), gid: await number('-g') };
}
