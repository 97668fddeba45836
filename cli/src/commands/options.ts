import { type Command, InvalidArgumentError, Option } from 'commander';
import { FORMATS } from '../output/kind.js';

const DEFAULT_WAIT_SECONDS = 3600;

/** Options that say where the service is, and who calls. */
export function addSettings(command: Command): Command {
  return command
    .option('--profile <name>', 'profile of the configuration file (VBS_PROFILE)')
    .option(
      '--endpoint <url>',
      'of a front end; several with commas, or repeated (VBS_ENDPOINT)',
      (value: string, before: readonly string[] = []) => [...before, value],
    )
    .option('--certificate <file>', 'your certificate, PEM (VBS_CERTIFICATE)')
    .option('--private-key <file>', 'its key, PEM (VBS_PRIVATE_KEY)')
    .option('--authority <file>', 'certificate of the authority, PEM (VBS_AUTHORITY)')
    .option('--service <subject>', 'who signs the answers (VBS_SERVICE)');
}

export function outputOption(): Option {
  return new Option('--output <format>', 'how to print the answer (VBS_OUTPUT)').choices(FORMATS);
}

export function clientTokenOption(): Option {
  return new Option('--client-token <token>', 'the same request with the same token is done once');
}

export function dryRunOption(): Option {
  return new Option('--dry-run', 'only say whether it would be done');
}

export interface WaitOptions {
  wait?: true;
  waitTimeout: number;
}

/** `--wait`, and for how long. */
export function addWait(command: Command, until = 'until it is available, or has failed'): Command {
  return command
    .option('--wait', until)
    .option('--wait-timeout <seconds>', 'how long to wait', wholeNumber, DEFAULT_WAIT_SECONDS);
}

/** For an option that may be repeated. */
export function collect(value: string, before: readonly string[] = []): readonly string[] {
  return [...before, value];
}

/** For numbers of an option. @throws {InvalidArgumentError} */
export function wholeNumber(text: string): number {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw new InvalidArgumentError('It must be a whole number.');
}
