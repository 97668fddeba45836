import { execa } from 'execa';
import { noteCommand } from '../commands.js';
import { within } from '../waiting.js';
import { CommandError } from './commandError.js';

export interface RunOptions {
  /** Milliseconds after which the program is killed (SIGKILL) and the call fails. */
  timeoutMs: number;
  /** On a local disk: Node stands still until the program has got there. */
  cwd?: string;
  /** Kills the program when aborted; the call then fails with {@link CommandError}. */
  signal?: AbortSignal;
  /** The kernel kills the program if this process dies, so that no orphan goes on writing. */
  dieWithParent?: boolean;
  /** Hears what it writes to stdout, piece by piece. */
  onOutput?: (text: string) => void;
}

export interface RunResult {
  stdout: string;
  stderr: string;
}

/**
 * A process in uninterruptible sleep (a Lustre client waiting for a lost OST) does not end at once,
 * not even by SIGKILL: after this many milliseconds the caller is no longer kept waiting for it.
 */
const KILL_GRACE_MS = 2_000;
const MAX_OUTPUT_CHARACTERS = 16 * 1024 * 1024;

/**
 * Runs one program to its end: an argument array, never a shell, with a time limit and captured output.
 * This is the only place of the product that starts a program (`helpers.ts` starts our own code).
 *
 * @throws {CommandError} if it can't be started, exits with another code than 0, is killed or takes too long.
 */
export async function run(
  program: string,
  args: readonly string[],
  options: RunOptions,
): Promise<RunResult> {
  // What must not outlive us is what changes something for good.
  const isChange = options.dieWithParent === true;
  const command = { program, args, started: performance.now(), isChange };
  try {
    const result = await runToItsEnd(program, args, options);
    noteCommand(command);
    return result;
  } catch (error) {
    noteCommand({ ...command, error: (error as Error).message });
    throw error;
  }
}

async function runToItsEnd(
  program: string,
  args: readonly string[],
  options: RunOptions,
): Promise<RunResult> {
  const [file, fullArgs] = options.dieWithParent
    ? ['setpriv', ['--pdeathsig', 'KILL', '--', program, ...args]]
    : [program, [...args]];
  const subprocess = execa(file, fullArgs, {
    ...(options.cwd !== undefined && { cwd: options.cwd }),
    ...(options.signal && { cancelSignal: options.signal }),
    env: { LC_ALL: 'C' },
    stdin: 'ignore',
    timeout: options.timeoutMs,
    killSignal: 'SIGKILL',
    maxBuffer: MAX_OUTPUT_CHARACTERS,
    reject: false,
  });
  if (options.onOutput) subprocess.stdout.setEncoding('utf8').on('data', options.onOutput);
  const result = await within(options.timeoutMs + KILL_GRACE_MS, subprocess);
  if (result === undefined) {
    throw new CommandError(program, args, { timedOut: true, stderr: '' });
  }
  const { stdout = '', stderr = '' } = result as { stdout?: string; stderr?: string };
  if (result.failed) {
    const { exitCode, signal, timedOut } = result;
    const notFound = result.code === 'ENOENT';
    throw new CommandError(program, args, { exitCode, signal, timedOut, notFound, stdout, stderr });
  }
  return { stdout, stderr };
}
