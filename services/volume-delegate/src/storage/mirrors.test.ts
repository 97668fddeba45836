import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { newId } from '@vbs-lustre/shared/ids';
import type { Log } from '@vbs-lustre/shared/log';
import { CommandError } from '@vbs-lustre/shared/process/commandError';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Mirrors } from './mirrors.js';
import { createFakeLustre, type FakeLustre } from './testing/fakeLustre.js';
import { mirroredFile, writeTo } from './testing/mirroredFile.js';

// Lustre can't run here: a stand-in lfs gives the recorded answers of a real one.
const { signal } = new AbortController();
const log = { info: vi.fn(), warn: vi.fn(), error: vi.fn() };
let lustre: FakeLustre;
let mirrors: Mirrors;

beforeEach(async () => {
  lustre = await createFakeLustre();
  vi.stubEnv('FAKE_LUSTRE_STATE', lustre.environment.FAKE_LUSTRE_STATE);
  const { directory, programs } = lustre;
  mirrors = new Mirrors({ directory, commandTimeoutMs: 60_000, programs }, log as unknown as Log);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  vi.clearAllMocks();
  await lustre.remove();
});

const volume = (count: number) => mirroredFile(lustre, count);
const write = (id: string) => writeTo(lustre, id);

test('a write makes the other mirrors stale, and they are brought in step', async () => {
  const id = await volume(2);
  expect(await mirrors.stateOf(id)).toBe('synced');
  await write(id);
  expect(await mirrors.stateOf(id)).toBe('stale');
  expect(await mirrors.sync(id, 4, signal)).toBe('stale');
  expect(await mirrors.stateOf(id)).toBe('synced');
  expect(log.info).toHaveBeenCalledOnce();
  expect(await mirrors.sync(id, 4, signal)).toBe('synced');
  expect(log.info).toHaveBeenCalledOnce();
});

test('a file without mirrors is in no need of that', async () => {
  const id = await volume(1);
  await write(id);
  expect(await mirrors.sync(id, 4, signal)).toBe('plain');
});

test('while a file is open for writing it stays as it is', async () => {
  const id = await volume(2);
  await write(id);
  await lustre.become({ busy: [id] });
  await expect(mirrors.sync(id, 4, signal)).rejects.toThrow('Device or resource busy');
  expect(await mirrors.stateOf(id)).toBe('stale');
});

test('what is true is the layout, not the exit code', async () => {
  const id = await volume(2);
  await write(id);
  await lustre.become({ lies: true });
  await expect(mirrors.sync(id, 4, signal)).rejects.toThrow('a mirror is stale still');
});

test('a resync that hangs ends with its order', async () => {
  const id = await volume(2);
  await write(id);
  await lustre.become({ hang: ['mirror resync'] });
  const given = new AbortController();
  const work = mirrors.sync(id, 4, given.signal).catch((error) => error);
  while (!(await isRunning(`resync${id}`)));
  given.abort();
  expect((await work).name).toBe('AbortError');
  while (await isRunning(`resync${id}`));
});

test('mirrors are the same or not, and what has none has nothing that differs', async () => {
  const [id, plain] = [await volume(2), await volume(1)];
  expect(await mirrors.areSame(id, 4, signal)).toBe(true);
  expect(await mirrors.areSame(plain, 4, signal)).toBe(true);
  await lustre.become({ different: [id, plain] });
  expect(await mirrors.areSame(id, 4, signal)).toBe(false);
  expect(await mirrors.areSame(plain, 4, signal)).toBe(true);
  await lustre.become({});
  await write(id);
  expect(await mirrors.areSame(id, 4, signal)).toBe(false);
  expect(log.error).toHaveBeenCalledTimes(2);
});

test('what cannot be read is not said to differ', async () => {
  await expect(mirrors.areSame(newId('snap'), 4, signal)).rejects.toThrow('No such file');
  const id = await volume(2);
  await lustre.become({ hang: ['mirror verify'] });
  const given = new AbortController();
  const work = mirrors.areSame(id, 4, given.signal).catch((error) => error);
  while (!(await isRunning(`verify-v${id}`)));
  given.abort();
  expect(await work).toBeInstanceOf(CommandError);
  while (await isRunning(`verify-v${id}`));
});

/** Whether a program runs whose command line has these words in it. */
async function isRunning(words: string): Promise<boolean> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const lines = pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => ''));
  return (await Promise.all(lines)).some((line) => line.replaceAll('\0', '').includes(words));
}

test('where Lustre is not mounted any more, nothing is known', async () => {
  await lustre.become({ mounted: false });
  await writeFile(join(lustre.directory, 'plain'), '');
  await expect(mirrors.stateOf('plain')).rejects.toMatchObject({ exitCode: 25 });
});
