import { basename } from 'node:path';

interface Outcome {
  exitCode?: number | undefined;
  signal?: string | undefined;
  timedOut?: boolean;
  notFound?: boolean;
  stdout?: string;
  stderr: string;
}

/** A program that did not end with exit code 0. `message` is one sentence fit for a log. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  readonly program: string;
  readonly args: readonly string[];
  readonly exitCode: number | undefined;
  readonly signal: string | undefined;
  readonly timedOut: boolean;
  readonly notFound: boolean;
  readonly stdout: string;
  readonly stderr: string;

  constructor(program: string, args: readonly string[], outcome: Outcome) {
    super(`${basename(program)}: ${describe(program, outcome)}`);
    this.program = program;
    this.args = args;
    this.exitCode = outcome.exitCode;
    this.signal = outcome.signal;
    this.timedOut = outcome.timedOut ?? false;
    this.notFound = outcome.notFound ?? false;
    this.stdout = outcome.stdout ?? '';
    this.stderr = outcome.stderr;
  }
}

function describe(program: string, outcome: Outcome): string {
  if (outcome.notFound) return 'no such program on this host';
  if (outcome.timedOut) return 'killed, it took too long';
  if (outcome.signal) return `killed by ${outcome.signal}`;
  return complaint(basename(program), outcome.stderr) ?? `exited with code ${outcome.exitCode}`;
}

/**
 * The line of stderr that says what went wrong: the program's own line if there is one (`dd` prints
 * statistics around it), else the first (`lfs` prints its whole usage after it).
 */
function complaint(name: string, stderr: string): string | undefined {
  const lines = stderr.split('\n').filter((line) => line.trim() !== '');
  // A program that was started by its path may call itself so.
  const own = lines
    .map((line) => line.replace(/^\/\S*\//, ''))
    .find((line) => line.startsWith(`${name}:`));
  return own?.slice(name.length + 1).trim() ?? lines[0]?.trim();
}
