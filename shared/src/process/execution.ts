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
  /** Hears what it writes to stdout, piece by piece, some four times a second. */
  onOutput?: ((text: string) => void) | undefined;
}

/** Takes as long as the program; never rejected. */
export type Execute = (execution: Execution, listener: Listener) => Promise<Ending>;

/**
 * Starts a program from this process, without a shell and without input, and waits for its end. What does it is loaded when it is
 * needed: a service leaves programs to its launcher.
 */
export const executeHere: Execute = async (execution, listener) => {
  try {
    const { execute } = await import('./execute.js');
    return await execute(execution, listener);
  } catch (error) {
    // This host is short of what it takes to load it.
    return { ...NOTHING_HEARD, stderr: String(error) };
  }
};
