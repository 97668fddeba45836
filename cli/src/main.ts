import type { Command } from 'commander';
import { explainAsEc2 } from './ec2/explain.js';
import { EC2_PROGRAMS } from './ec2/programs.js';
import { type Explanation, explain } from './explain.js';
import type { Io } from './io.js';
import { vbs } from './vbs.js';

/** Runs a program of this package with this process's arguments, and sets its exit code. */
export async function main(name: string): Promise<void> {
  const ec2 = EC2_PROGRAMS.get(name);
  const { exitCode, sentence } = ec2
    ? await run(ec2, name, explainAsEc2)
    : await run(vbs, name, explain);
  const prefix = ec2 ? '' : `${name}: `;
  if (sentence !== '') process.stderr.write(`${prefix}${sentence}\n`);
  process.exitCode = exitCode;
}

async function run(
  programOf: (io: Io) => Command,
  name: string,
  explanationOf: (error: unknown) => Explanation,
): Promise<Explanation> {
  const { stdin, stdout, stderr, env } = process;
  // Whoever reads may have seen enough, as head has.
  stdout.on('error', endQuietly);
  const program = programOf({ stdin, stdout, stderr, env });
  for (const each of withCommands(program)) {
    each.exitOverride().configureOutput({
      outputError: (text, write) => write(text.replace(/^error: /, `${name}: `)),
    });
  }
  try {
    await program.parseAsync();
    return { exitCode: 0, sentence: '' };
  } catch (error) {
    return explanationOf(error);
  }
}

function withCommands(program: Command): Command[] {
  return [program, ...program.commands.flatMap(withCommands)];
}

function endQuietly(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
  process.exit();
}
