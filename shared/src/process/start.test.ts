import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startProcess } from '@vbs-lustre/shared/process/start';
import { afterEach, beforeEach, expect, it } from 'vitest';

let folder: string;
let logFile: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'start-'));
  logFile = join(folder, 'logs', 'program.log');
});

afterEach(() => rm(folder, { recursive: true }));

it('logs what the program says and tells how it ended', async () => {
  const script = 'echo out; echo err >&2; exit 3';
  const { ended } = await startProcess('sh', ['-c', script], { logFile });
  expect(await ended).toEqual({ exitCode: 3, signal: null });
  expect(await readFile(logFile, 'utf8')).toBe('out\nerr\n');
});

it('stops a program by SIGTERM', async () => {
  const { stop } = await startProcess('sleep', ['60'], { logFile });
  expect(await stop(10_000)).toEqual({ exitCode: null, signal: 'SIGTERM' });
});

it('kills a program that ignores SIGTERM', async () => {
  const script = 'trap "" TERM; echo ready; while :; do sleep 0.01; done';
  const { stop } = await startProcess('sh', ['-c', script], { logFile });
  await expect.poll(() => readFile(logFile, 'utf8')).toBe('ready\n');
  expect(await stop(50)).toEqual({ exitCode: null, signal: 'SIGKILL' });
});

it('says in the log that there is no such program', async () => {
  const { ended } = await startProcess('no-such-program', [], { logFile });
  expect(await ended).toEqual({ exitCode: 127, signal: null });
  expect(await readFile(logFile, 'utf8')).toContain('no-such-program');
});
