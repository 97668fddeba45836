import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../testing/trust.js';
import { CommandError } from './commandError.js';
import { run } from './run.js';

const LONG = { timeoutMs: 60_000 };
const shell = (script: string, options: Parameters<typeof run>[2] = LONG) =>
  run('sh', ['-c', script], options);

const failureOf = async (call: Promise<unknown>): Promise<CommandError> => {
  const error = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof CommandError) return error;
  throw new Error(`no CommandError but ${error}`);
};

/** Whether a process is there and has not ended (a zombie has). */
function isAlive(pid: number): boolean {
  try {
    return !/^\d+ \(.*\) [ZX]/s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch {
    return false;
  }
}

describe('a program that ends', () => {
  it('gives back what it said', async () => {
    expect(await shell('echo out; echo err >&2')).toEqual({ stdout: 'out', stderr: 'err' });
  });

  it('gets its arguments as they are', async () => {
    const odd = ['$(id)', '; id', '*', '"', "'", '', 'a b', '\n'];
    const { stdout } = await run('printf', ['[%s]', ...odd], LONG);
    expect(stdout).toBe(odd.map((each) => `[${each}]`).join(''));
  });

  it('has no input, speaks English, and starts where it is told', async () => {
    const cwd = temporaryFolder();
    expect(await shell('cat; echo $LC_ALL; pwd', { ...LONG, cwd })).toMatchObject({
      stdout: `C\n${cwd}`,
    });
  });

  it('fails with the exit code, the last words and a sentence', async () => {
    const error = await failureOf(run('ls', ['/nowhere'], LONG));
    expect(error).toMatchObject({
      program: 'ls',
      args: ['/nowhere'],
      exitCode: 2,
      timedOut: false,
      notFound: false,
    });
    expect(error.stderr).toContain('/nowhere');
    expect(error.message).toMatch(/^ls: .*No such file or directory$/);
  });

  it('fails if it is not there', async () => {
    const error = await failureOf(run('no-such-program', [], LONG));
    expect(error).toMatchObject({
      notFound: true,
      message: 'no-such-program: no such program on this host',
    });
  });

  it('fails if another has killed it', async () => {
    const error = await failureOf(shell('kill -9 $$'));
    expect(error).toMatchObject({ signal: 'SIGKILL', timedOut: false, exitCode: undefined });
  });
});

describe('a program that does not end', () => {
  it('is killed after its time', async () => {
    const error = await failureOf(
      shell('trap "" TERM; while :; do sleep 1; done', { timeoutMs: 100 }),
    );
    expect(error).toMatchObject({ timedOut: true, signal: 'SIGKILL' });
  });

  it('is killed when the caller gives up', async () => {
    const controller = new AbortController();
    const call = failureOf(shell('exec sleep 60', { ...LONG, signal: controller.signal }));
    controller.abort();
    expect((await call).timedOut).toBe(false);
  });

  it('is killed when it says too much', async () => {
    const error = await failureOf(run('yes', [], LONG));
    expect(error.timedOut).toBe(false);
    expect(error.stdout.length).toBeLessThanOrEqual(16 * 1024 * 1024);
  });
});

describe('a program whose parent is killed', () => {
  /** The process id of a program that was started by a process which is dead now. */
  async function orphan(dieWithParent: boolean): Promise<number> {
    const file = join(temporaryFolder(), 'pid');
    const options = JSON.stringify({ ...LONG, dieWithParent });
    const script = `
      import { run } from '@vbs-lustre/shared/process/run';
      await run('sh', ['-c', 'echo $$ > "$0"; exec sleep 60', process.argv[1]], ${options});`;
    const args = ['--input-type=module', '-e', script, file];
    const parent = spawn(process.execPath, args, { stdio: 'ignore', cwd: import.meta.dirname });
    await expect.poll(() => existsSync(file) && readFileSync(file, 'utf8'), SOON).toMatch(/\n$/);
    parent.kill('SIGKILL');
    await once(parent, 'exit');
    return Number(readFileSync(file, 'utf8'));
  }

  const SOON = { timeout: 30_000, interval: 20 };

  it('dies with it, if so wanted', async () => {
    const pid = await orphan(true);
    await expect.poll(() => isAlive(pid), SOON).toBe(false);
  });

  it('lives on otherwise', async () => {
    const pid = await orphan(false);
    expect(isAlive(pid)).toBe(true);
    process.kill(pid);
  });
});
