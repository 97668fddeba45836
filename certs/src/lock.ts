import { randomUUID } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { create } from './files.js';
import { Refusal } from './refusal.js';

const PATIENCE_MS = 30_000;
const RETRY_MS = 20;

interface Holder {
  pid: number;
  host: string;
  /** Tells one holding from the next. */
  id: string;
}

/**
 * Does something that no other process, and nothing else in this one, does at the same time.
 * @param file the lock: it is there while the lock is held
 * @throws {Refusal} if it is not free within half a minute.
 */
export async function withLock<T>(
  file: string,
  work: () => Promise<T>,
  patienceMs = PATIENCE_MS,
): Promise<T> {
  const holder: Holder = { pid: process.pid, host: hostname(), id: randomUUID() };
  const deadline = Date.now() + patienceMs;
  while (!(await create(file, JSON.stringify(holder), 0o644))) {
    const other = await readHolder(file);
    if (other && isDead(other)) await removeStale(file, other, deadline - Date.now());
    if (Date.now() > deadline) throw new Refusal(complaint(file, other));
    await sleep(RETRY_MS);
  }
  try {
    return await work();
  } finally {
    await rm(file, { force: true });
  }
}

/**
 * Removes the lock of a process that died with it. Two that find the same stale lock must not both remove "it":
 * the second would remove the first one's new lock. So this is done under a lock of its own, and only if the file is
 * still that holder's.
 */
async function removeStale(file: string, stale: Holder, patienceMs: number): Promise<void> {
  await withLock(
    `${file}.${stale.id}`,
    async () => {
      const current = await readHolder(file);
      if (current?.id === stale.id) await rm(file, { force: true });
    },
    patienceMs,
  );
}

/** Undefined if the lock has just been released, or is not one of ours. */
async function readHolder(file: string): Promise<Holder | undefined> {
  try {
    const holder = JSON.parse(await readFile(file, 'utf8')) as Partial<Holder>;
    const { pid, host, id } = holder;
    if (!Number.isInteger(pid) || typeof host !== 'string' || !/^[\da-f-]+$/.test(id ?? '')) return;
    return holder as Holder;
  } catch {
    return undefined;
  }
}

/** Only the holder's own host can tell. */
function isDead({ pid, host }: Holder): boolean {
  if (host !== hostname()) return false;
  try {
    process.kill(pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

function complaint(file: string, holder: Holder | undefined): string {
  const who = holder ? `process ${holder.pid} on ${holder.host}` : 'something else';
  return `The folder is locked by ${who}; if that is not at work on it any more, remove ${file}.`;
}
