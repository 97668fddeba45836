import { CommandError } from '@vbs-lustre/shared/process/commandError';
import { type RunOptions, type RunResult, run } from '@vbs-lustre/shared/process/run';

/** Runs a program with the volume directory as its working directory. */
export type RunHere = (
  program: string,
  args: readonly string[],
  options?: Partial<RunOptions>,
) => Promise<RunResult>;

/** What `env` exits with when it finds no such program. */
const NO_SUCH_PROGRAM = 127;

/**
 * Makes the runner of one volume directory. Its errors can be told to a user: they hold the first line of
 * stderr only (`lfs` prints its whole usage after it) and the directory's path is a dot there.
 *
 * It is `env` that goes to the directory, not the start of the process: Node waits for a child that it starts
 * to get there, and would stand still with it while the file system hangs.
 *
 * @throws {CommandError} from the runner, as `run` does.
 */
export function runIn(directory: string, timeoutMs: number): RunHere {
  return async (program, args, options) => {
    try {
      const fullArgs = [`--chdir=${directory}`, '--', program, ...args];
      return await run('env', fullArgs, { timeoutMs, ...options });
    } catch (error) {
      if (!(error instanceof CommandError)) throw error;
      const [firstLine = ''] = error.stderr.trimStart().split('\n');
      throw new CommandError(program, args, {
        exitCode: error.exitCode,
        signal: error.signal,
        timedOut: error.timedOut,
        notFound: error.exitCode === NO_SUCH_PROGRAM && firstLine.startsWith('env: '),
        stdout: error.stdout,
        stderr: firstLine.replaceAll(directory, '.'),
      });
    }
  };
}
