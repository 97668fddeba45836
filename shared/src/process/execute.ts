import { execa } from 'execa';
import { dyingWithParent } from './dieWithParent.js';

/** What a program is started with. */
export interface Execution {
  program: string;
  args: readonly string[];
  /** Milliseconds after which it is killed (SIGKILL). */
  timeoutMs: number;
  cwd?: string | undefined;
  /** The kernel kills it if this process dies. */
  dieWithParent?: boolean | undefined;
}

/** How a program has ended. */
export interface Ending {
  failed: boolean;
  exitCode?: number | undefined;
  signal?: string | undefined;
  timedOut: boolean;
  notFound: boolean;
  stdout: string;
  stderr: string;
}

/** Of a program of whose end nothing more is known. */
export const NOTHING_HEARD: Ending = {
  failed: true,
  timedOut: false,
  notFound: false,
  stdout: '',
  stderr: '',
};

export interface Listener {
  /** Kills the program when aborted. */
  signal?: AbortSignal | undefined;
  /** Hears what it writes to stdout, piece by piece. */
  onOutput?: ((text: string) => void) | undefined;
}

/** Takes as long as the program; never rejected. */
export type Execute = (execution: Execution, listener: Listener) => Promise<Ending>;

const MAX_OUTPUT_CHARACTERS = 16 * 1024 * 1024;

/** Starts a program from this process, without a shell and without input, and waits for its end. */
export const execute: Execute = async (execution, { signal, onOutput }) => {
  const { program, args, timeoutMs, cwd, dieWithParent } = execution;
  const [file, fullArgs] = dieWithParent ? dyingWithParent(program, args) : [program, [...args]];
  const subprocess = execa(file, fullArgs, {
    ...(cwd !== undefined && { cwd }),
    ...(signal && { cancelSignal: signal }),
    env: { LC_ALL: 'C' },
    stdin: 'ignore',
    timeout: timeoutMs,
    killSignal: 'SIGKILL',
    maxBuffer: MAX_OUTPUT_CHARACTERS,
    reject: false,
  });
  if (onOutput) subprocess.stdout.setEncoding('utf8').on('data', onOutput);
  const result = await subprocess;
  const { failed, exitCode, timedOut, code, stdout = '', stderr = '' } = result;
  const notFound = code === 'ENOENT';
  return { failed, exitCode, signal: result.signal, timedOut, notFound, stdout, stderr };
};
