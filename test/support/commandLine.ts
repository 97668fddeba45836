import { fileURLToPath } from 'node:url';
import type { Deployment } from '@vbs-lustre/lab/deployment/deployment';
import { type Ended, execute } from './programs.js';

/** The file of a program of the command line: `vbs`, or one of EC2's names. */
export function commandFile(program: string): string {
  return fileURLToPath(new URL(`../../cli/bin/${program}.js`, import.meta.url));
}

/** The flags that make a user known to a deployment. */
export function flagsOf({ url, layout: { pki } }: Deployment, user: string): string[] {
  return [
    ...['--endpoint', url, '--certificate', `${pki}/${user}.crt`],
    ...['--private-key', `${pki}/${user}.key`, '--authority', `${pki}/ca.crt`],
  ];
}

/** Runs a program of the command line as a process of its own, with what these variables say. */
export function runCommand(
  env: Readonly<Record<string, string>>,
  program: string,
  ...args: string[]
): Promise<Ended> {
  return execute(process.execPath, [commandFile(program), ...args], env);
}
