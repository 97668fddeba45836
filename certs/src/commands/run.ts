import { Arguments, UsageError } from './arguments.js';
import { crl, init, list, renewAuthority, revoke } from './authority.js';
import { issueService, renew, request, sign, signService } from './certificates.js';
import type { Command } from './command.js';

const COMMANDS: ReadonlyMap<string, Command> = new Map([
  ['init', init],
  ['request', request],
  ['sign', sign],
  ['sign-service', signService],
  ['issue-service', issueService],
  ['renew', renew],
  ['renew-authority', renewAuthority],
  ['revoke', revoke],
  ['crl', crl],
  ['list', list],
]);

export interface Outcome {
  /** 0; 1 where something is refused or fails; 2 where the command line is wrong. */
  exitCode: 0 | 1 | 2;
  stdout: string;
  stderr: string;
}

/** Does what a command line says. */
export async function run(args: readonly string[]): Promise<Outcome> {
  try {
    return { exitCode: 0, stdout: await answer(args), stderr: '' };
  } catch (error) {
    const sentence = error instanceof Error ? error.message : String(error);
    if (!(error instanceof UsageError)) return failed(1, sentence);
    return failed(2, `${sentence}\nvbs-certs --help shows all commands.`);
  }
}

async function answer([name = '', ...rest]: readonly string[]): Promise<string> {
  if (name === '--help' || name === '-h') return help([...COMMANDS.values()]);
  const command = COMMANDS.get(name);
  if (!command)
    throw new UsageError(name ? `There is no command ${name}.` : 'A command is needed.');
  if (rest.includes('--help')) return help([command]);
  return command.run(new Arguments(rest, command.options, command.names));
}

function help(commands: readonly Command[]): string {
  return commands.map(({ usage, summary }) => `vbs-certs ${usage}\n    ${summary}\n`).join('');
}

function failed(exitCode: 1 | 2, sentence: string): Outcome {
  return { exitCode, stdout: '', stderr: `vbs-certs: ${sentence}\n` };
}
