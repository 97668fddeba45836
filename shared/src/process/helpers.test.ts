import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../testing/trust.js';
import { CommandError } from './commandError.js';
import { Helpers } from './helpers.js';

const LONG = { timeoutMs: 60_000 };
const SOON = { timeout: 60_000, interval: 20 };
const SERVE = import.meta.resolve('@vbs-lustre/shared/process/helperProgram');

interface Calls extends Record<string, (...args: never[]) => unknown> {
  pid(): number;
  add(a: number, b: number): Promise<number>;
  refuse(): never;
  hang(): Promise<void>;
  /** Stands still, and makes a file before: not even the end of who has called is noticed. */
  block(path: string): void;
}

/** Functions for helpers of a test's own. */
const PROGRAM = join(temporaryFolder(), 'program.mjs');
writeFileSync(
  PROGRAM,
  `import { writeFileSync } from 'node:fs';
   import { serve } from '${SERVE}';
   serve({
     pid: () => process.pid,
     add: async (a, b) => a + b,
     refuse: () => { throw Object.assign(new Error('no'), { code: 'EPERM', syscall: 'open' }); },
     hang: () => new Promise(() => {}),
     block: (path) => {
       writeFileSync(path, '');
       Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
     },
   });`,
);

const helpersOf = (most = 4) => new Helpers<Calls>(PROGRAM, most);

test('a helper answers, again and again, and says why it does not', async () => {
  const helpers = helpersOf();
  expect(await helpers.call(LONG, 'add', 1, 2)).toBe(3);
  await expect(helpers.call(LONG, 'refuse')).rejects.toMatchObject({
    message: 'no',
    code: 'EPERM',
    syscall: 'open',
  });
  const pid = await helpers.call(LONG, 'pid');
  expect(await helpers.call(LONG, 'pid')).toBe(pid);
  expect(pid).not.toBe(process.pid);
});

test('what hangs holds up nobody, is killed after its time, and leaves no process', async () => {
  const helpers = helpersOf(2);
  const before = children();
  const hanging = helpers.call({ timeoutMs: 3_000 }, 'hang').catch((error) => error);
  expect(await helpers.call(LONG, 'add', 1, 2)).toBe(3);
  expect(await hanging).toBeInstanceOf(CommandError);
  expect(await hanging).toMatchObject({
    timedOut: true,
    message: 'hang: killed, it took too long',
  });
  expect(await helpers.call(LONG, 'add', 1, 2)).toBe(3);
  await expect.poll(() => children().length, SOON).toBeLessThanOrEqual(before.length + 1);
});

test('there are never more than so many, and who waits too long for one is told', async () => {
  const helpers = helpersOf(2);
  const giveUp = new AbortController();
  const hanging = [1, 2].map(() =>
    helpers.call({ ...LONG, signal: giveUp.signal }, 'hang').catch((error) => error),
  );
  const late = helpers.call({ timeoutMs: 500 }, 'add', 1, 2);
  await expect(late).rejects.toMatchObject({ timedOut: true });
  const waiting = helpers.call(LONG, 'add', 1, 2);
  giveUp.abort();
  expect(await waiting).toBe(3);
  for (const each of hanging) expect(await each).toMatchObject({ timedOut: false });
});

test('a long call holds nobody up, however many there are', async () => {
  const helpers = helpersOf(1);
  const giveUp = new AbortController();
  const long = { ...LONG, signal: giveUp.signal, isLong: true };
  const hanging = [1, 2, 3].map(() => helpers.call(long, 'hang').catch((error) => error));
  expect(await helpers.call(LONG, 'add', 1, 2)).toBe(3);
  giveUp.abort();
  for (const each of hanging) expect(await each).toBeInstanceOf(CommandError);
  expect(await helpers.call(LONG, 'add', 1, 2)).toBe(3);
});

test('nothing is begun for who has given up', async () => {
  const call = helpersOf().call({ ...LONG, signal: AbortSignal.abort() }, 'pid');
  await expect(call).rejects.toBeInstanceOf(CommandError);
});

test('a helper that somebody has killed fails its call, and is replaced', async () => {
  const helpers = helpersOf();
  const pid = await helpers.call(LONG, 'pid');
  const hanging = helpers.call(LONG, 'hang');
  process.kill(pid, 'SIGKILL');
  await expect(hanging).rejects.toMatchObject({ signal: 'SIGKILL', timedOut: false });
  expect(await helpers.call(LONG, 'pid')).not.toBe(pid);
});

test('what is to end whoever has started a helper does not end the helper', async () => {
  const helpers = helpersOf();
  const pid = await helpers.call(LONG, 'pid');
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.kill(pid, signal);
  expect(await helpers.call(LONG, 'pid')).toBe(pid);
});

test('a helper dies with whoever has started it, also while it stands still', async () => {
  const blocked = join(temporaryFolder(), 'blocked');
  const script = `
    import { Helpers } from '@vbs-lustre/shared/process/helpers';
    const helpers = new Helpers(process.argv[1], 1);
    console.log(await helpers.call({ timeoutMs: 60_000 }, 'pid'));
    await helpers.call({ timeoutMs: 600_000 }, 'block', process.argv[2]);`;
  const args = ['--input-type=module', '-e', script, PROGRAM, blocked];
  const parent = spawn(process.execPath, args, {
    stdio: ['ignore', 'pipe', 'inherit'],
    cwd: import.meta.dirname,
  });
  const [output] = await once(parent.stdout, 'data');
  const stat = `/proc/${Number(String(output))}/stat`;
  // A zombie has ended.
  const isAlive = () => existsSync(stat) && !/\) [ZX] /.test(readFileSync(stat, 'utf8'));
  await expect.poll(() => existsSync(blocked), SOON).toBe(true);
  expect(isAlive()).toBe(true);
  parent.kill('SIGKILL');
  await expect.poll(isAlive, SOON).toBe(false);
});

test('only some are kept', async () => {
  const helpers = helpersOf(8);
  const before = children().length;
  const all = Array.from({ length: 8 }, () => helpers.call({ timeoutMs: 1_000 }, 'hang'));
  await Promise.allSettled(all);
  const pids = Array.from({ length: 20 }, () => helpers.call(LONG, 'pid'));
  await Promise.all(pids);
  await expect.poll(() => children().length, SOON).toBeLessThanOrEqual(before + 2);
});

function children(): string[] {
  const listOf = (task: string) => {
    try {
      return readFileSync(`/proc/self/task/${task}/children`, 'utf8');
    } catch {
      // That thread has ended.
      return '';
    }
  };
  return readdirSync('/proc/self/task')
    .flatMap((task) => listOf(task).trim().split(' '))
    .filter((pid) => pid !== '');
}
