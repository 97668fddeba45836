import { spawn } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

export interface LabRun {
  output(): string;
  interrupt(): void;
  ended: Promise<number | null>;
}

/**
 * Runs a lab as its npm script does.
 * @param program in lab/dist
 */
export function runLab(
  program: string,
  { home, port }: { home: string; port: number },
  ...args: string[]
): LabRun {
  const main = fileURLToPath(new URL(`../../lab/dist/${program}`, import.meta.url));
  const child = spawn(process.execPath, [main, '--port', String(port), ...args], {
    env: { ...process.env, VBS_HOME: home },
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  return {
    output: () => output,
    interrupt: () => child.kill('SIGINT'),
    ended: new Promise((resolve) => child.once('exit', resolve)),
  };
}

/** The command lines of processes that work in this folder. */
export async function processesOf(folder: string): Promise<string[]> {
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const commands = await Promise.all(
    pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')),
  );
  return commands.filter((command) => command.includes(folder));
}
