import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { temporaryFolder } from '../testing/trust.js';
import { Launcher } from './launcher.js';
import { run, useLauncher } from './run.js';

const LONG = { timeoutMs: 60_000 };
const SOON = { timeout: 60_000, interval: 20 };
/** Prints who has started it, and ends. */
const shell = (script: string, options: Parameters<typeof run>[2] = LONG) =>
  run('sh', ['-c', script], options);
const parent = async (): Promise<number> => Number((await shell('echo $PPID')).stdout);
const launched = () => vi.waitUntil(async () => (await parent()) !== process.pid, SOON);

beforeAll(async () => {
  useLauncher();
  useLauncher();
  await launched();
});

test('a launcher starts programs, one for all', async () => {
  const first = await parent();
  expect(await parent()).toBe(first);
  const cwd = temporaryFolder();
  const { stdout } = await shell('cat; echo $LC_ALL; pwd', { ...LONG, cwd });
  expect(stdout).toBe(`C\n${cwd}`);
});

test('what fails says so as it does without', async () => {
  await expect(run('ls', ['/nowhere'], LONG)).rejects.toMatchObject({
    ...{ name: 'CommandError', exitCode: 2, timedOut: false, notFound: false },
    message: expect.stringMatching(/^ls: .*No such file or directory$/),
  });
  await expect(run('no-such-program', [], LONG)).rejects.toMatchObject({ notFound: true });
  await expect(shell('kill -9 $$')).rejects.toMatchObject({ signal: 'SIGKILL', timedOut: false });
});

test('several run at once, and each is heard while it does', async () => {
  const pipe = join(temporaryFolder(), 'pipe');
  await run('mkfifo', [pipe], LONG);
  const heard: string[] = [];
  const onOutput = (text: string) => heard.push(text);
  const waiting = shell(`echo begun; cat ${pipe}`, { ...LONG, onOutput });
  await expect.poll(() => heard.join(''), SOON).toBe('begun\n');
  await shell(`echo over > ${pipe}`);
  expect((await waiting).stdout).toBe('begun\nover');
});

test('what writes all the time is heard now and then, and to its end', async () => {
  const heard: string[] = [];
  const script = 'for each in $(seq 100); do echo $each; sleep 0.01; done';
  const started = performance.now();
  const { stdout } = await shell(script, { ...LONG, onOutput: (text) => heard.push(text) });
  expect(heard.join('').trim()).toBe(stdout);
  expect(stdout.split('\n')).toHaveLength(100);
  // The first piece and the rest at the end, and one in each quarter of a second between.
  const seconds = (performance.now() - started) / 1000;
  expect(heard.length).toBeLessThanOrEqual(2 + Math.ceil(4 * seconds));
});

test('what takes too long is killed, and what nobody waits for', async () => {
  await expect(shell('exec sleep 60', { timeoutMs: 100 })).rejects.toMatchObject({
    timedOut: true,
  });
  for (const giveUp of [AbortSignal.abort(), AbortSignal.timeout(100)]) {
    const call = shell('exec sleep 60', { ...LONG, signal: giveUp });
    await expect(call).rejects.toMatchObject({ signal: 'SIGKILL', timedOut: false });
  }
});

test('a launcher that is stopped is replaced after a while', async () => {
  const before = await parent();
  process.kill(before, 'SIGSTOP');
  await expect(shell('true', { timeoutMs: 100 })).rejects.toMatchObject({ timedOut: true });
  const now = () => shell('echo $PPID', { timeoutMs: 5_000 }).catch(() => undefined);
  await vi.waitUntil(async () => Number((await now())?.stdout ?? before) !== before, SOON);
  await launched();
});

test('what it has not begun in its time it does not begin any more', async () => {
  const file = join(temporaryFolder(), 'file');
  const before = await parent();
  process.kill(before, 'SIGSTOP');
  const call = run('touch', [file], { timeoutMs: 100 });
  await expect(call).rejects.toMatchObject({ timedOut: true });
  process.kill(before, 'SIGCONT');
  expect(await parent()).toBe(before);
  expect(existsSync(file)).toBe(false);
});

test('one that answers is not killed, though its service stands still', async () => {
  const launcher = new Launcher();
  const sh = (script: string) =>
    launcher.execute({ program: 'sh', args: ['-c', script], ...LONG }, {});
  const parentOf = async () => Number((await sh('echo $PPID')).stdout);
  await vi.waitUntil(async () => (await parentOf()) !== process.pid, SOON);
  const before = await parentOf();
  const [sleeping, doubting] = [sh('sleep 12'), launcher.doubt()];
  // The message is sent.
  await new Promise(setImmediate);
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 11_000);
  await doubting;
  expect(await sleeping).toMatchObject({ failed: false });
  expect(await parentOf()).toBe(before);
});

test('without its launcher, a program ends, and the next ones are started all the same', async () => {
  const pidFile = join(temporaryFolder(), 'pid');
  const script = `echo $$ > ${pidFile}; echo begun; exec sleep 60`;
  let begin = (): void => undefined;
  const begun = new Promise<void>((resolve) => {
    begin = resolve;
  });
  const options = { ...LONG, dieWithParent: true, onOutput: () => begin() };
  const call = shell(script, options).catch((error) => error);
  await begun;
  const before = await parent();
  process.kill(before, 'SIGKILL');
  expect(await call).toMatchObject({ name: 'CommandError', signal: 'SIGKILL' });
  const pid = readFileSync(pidFile, 'utf8').trim();
  const state = () => {
    try {
      return /\) (\w)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1] ?? 'gone';
    } catch {
      return 'gone';
    }
  };
  await expect.poll(state, SOON).toMatch(/gone|Z|X/);
  expect((await shell('echo on')).stdout).toBe('on');
  await launched();
  expect(await parent()).not.toBe(before);
});

describe('the first programs', () => {
  const execution = { program: 'sh', args: ['-c', 'echo $PPID'], ...LONG };
  const own = String(process.pid);

  test('wait until it is there', async () => {
    const { failed, stdout } = await new Launcher(undefined, 60_000).execute(execution, {});
    expect({ failed, isOwn: stdout === own }).toEqual({ failed: false, isOwn: false });
  });

  test.each([
    ['says nothing', 'setInterval(() => undefined, 60_000);', 100],
    ['has ended', '', 60_000],
  ])('do not wait for one that %s', async (_, code, startMs) => {
    const program = join(temporaryFolder(), 'launcher.mjs');
    writeFileSync(program, code);
    const { stdout } = await new Launcher(program, startMs).execute(execution, {});
    expect(stdout).toBe(own);
  });

  test('are not started when nobody wants them any more', async () => {
    const file = join(temporaryFolder(), 'started');
    const touch = { program: 'touch', args: [file] };
    const signal = AbortSignal.abort();
    const ended = await Promise.all([
      new Launcher(undefined, 60_000).execute({ ...touch, ...LONG }, { signal }),
      new Launcher(undefined, 60_000).execute({ ...touch, timeoutMs: 1 }, {}),
    ]);
    expect(ended).toMatchObject([
      { failed: true, signal: 'SIGKILL', timedOut: false },
      { failed: true, timedOut: true },
    ]);
    expect(existsSync(file)).toBe(false);
  });
});
