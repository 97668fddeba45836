import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, open } from 'node:fs/promises';
import { dirname } from 'node:path';
import { within } from '../waiting.js';

export interface StartOptions {
  /** Gets stdout and stderr, appended. The file and its folder are made if missing. */
  logFile: string;
  cwd?: string;
  /** Variables added to this process's own. */
  env?: Readonly<Record<string, string>>;
}

export interface ProcessEnd {
  /** Null if a signal ended the process. 127 with a line in the log: there is no such program. */
  exitCode: number | null;
  signal: NodeJS.Signals | null;
}

export interface StartedProcess {
  readonly pid: number;
  /** Fulfilled when the process has ended, however that came; never rejected. */
  readonly ended: Promise<ProcessEnd>;
  /** Asks the process to end (SIGTERM), kills it after `graceMs` milliseconds, and waits for its end. */
  stop(graceMs: number): Promise<ProcessEnd>;
}

/**
 * Starts one program that is to run on: an argument array, never a shell, without input. The kernel
 * kills it when this process dies, even by SIGKILL.
 *
 * @throws {Error} if the log file can't be opened or no process can be made.
 */
export async function startProcess(
  program: string,
  args: readonly string[],
  options: StartOptions,
): Promise<StartedProcess> {
  await mkdir(dirname(options.logFile), { recursive: true });
  const log = await open(options.logFile, 'a');
  try {
    const child = spawn('setpriv', ['--pdeathsig', 'KILL', '--', program, ...args], {
      ...(options.cwd !== undefined && { cwd: options.cwd }),
      env: { ...process.env, LC_ALL: 'C', ...options.env },
      // Straight into the file, so that the log is whole even if this process is stuck or gone.
      stdio: ['ignore', log.fd, log.fd],
      // Its own process group: a Ctrl-C reaches this process only, which then stops things in order.
      detached: true,
    });
    const ended = endOf(child);
    await once(child, 'spawn');
    return { pid: child.pid as number, ended, stop: (graceMs) => stop(child, ended, graceMs) };
  } finally {
    await log.close();
  }
}

function endOf(child: ChildProcess): Promise<ProcessEnd> {
  return new Promise((resolve) => {
    child.once('exit', (exitCode, signal) => resolve({ exitCode, signal }));
  });
}

async function stop(child: ChildProcess, ended: Promise<ProcessEnd>, graceMs: number) {
  child.kill('SIGTERM');
  if (!(await within(graceMs, ended))) child.kill('SIGKILL');
  return ended;
}
