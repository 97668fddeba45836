import { noteCommand } from '../commands.js';
import { within } from '../waiting.js';
import { CommandError } from './commandError.js';
import { executeHere } from './execution.js';
import { Launcher } from './launcher.js';

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

let launcher: Launcher | undefined;

/** Has a {@link Launcher} start the programs of this process from now on. */
export function useLauncher(): void {
  launcher ??= new Launcher();
}

/**
 * Runs one program to its end: an argument array, never a shell, with a time limit and captured output.
 * This is the only way in which the product starts a program (`helpers.ts` and `launcher.ts` start our own code).
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
  { timeoutMs, cwd, dieWithParent, signal, onOutput }: RunOptions,
): Promise<RunResult> {
  const execution = { program, args, timeoutMs, cwd, dieWithParent };
  const ending = (launcher?.execute ?? executeHere)(execution, { signal, onOutput });
  const ended = await within(timeoutMs + KILL_GRACE_MS, ending);
  if (ended === undefined) {
    void launcher?.doubt();
    throw new CommandError(program, args, { timedOut: true, stderr: '' });
  }
  if (ended.failed) throw new CommandError(program, args, ended);
  return { stdout: ended.stdout, stderr: ended.stderr };
}
