import { ServiceFault } from '@vbs-lustre/shared/faults';
import { CommanderError } from 'commander';
import { CommandError } from './commandError.js';
import { EXIT, type ExitCode } from './exitCodes.js';
import { printable } from './output/printable.js';

export interface Explanation {
  exitCode: ExitCode;
  /** One line for stderr; empty if everything was said. */
  sentence: string;
}

/** What to tell a person about something thrown: a sentence, and never a stack. */
export function explain(error: unknown): Explanation {
  // Commander has printed its complaint, or the help that was asked for.
  if (error instanceof CommanderError) {
    return { exitCode: error.exitCode === 0 ? EXIT.ok : EXIT.usage, sentence: '' };
  }
  if (error instanceof ServiceFault) {
    if (error.code === 'DryRunOperation') return { exitCode: EXIT.ok, sentence: error.message };
    const { code, message, requestId } = error;
    const request = requestId === undefined ? '' : ` (request ${requestId})`;
    return { exitCode: EXIT.refused, sentence: printable(`${code}: ${message}${request}`) };
  }
  const message = error instanceof Error ? error.message : String(error);
  const exitCode = error instanceof CommandError ? error.exitCode : EXIT.usage;
  return { exitCode, sentence: printable(message) };
}
