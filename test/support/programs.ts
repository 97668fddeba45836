import { execFile, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

export interface Ended {
  exitCode: number;
  stdout: string;
  stderr: string;
}

const TIMEOUT_MS = 600_000;

/** Runs a program to its end, whatever that is. @throws {Error} if it can't be started or takes too long. */
export function execute(
  program: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
  cwd?: string,
  timeout = TIMEOUT_MS,
): Promise<Ended> {
  const options = { env: { ...process.env, ...env }, timeout, cwd };
  return new Promise((resolve, reject) => {
    execFile(program, args, options, (error, stdout, stderr) => {
      if (error && typeof error.code !== 'number') {
        reject(new Error(`${program} did not run to its end: ${error.message}`));
      } else {
        resolve({ exitCode: Number(error?.code ?? 0), stdout, stderr });
      }
    });
  });
}

/** @throws {Error} naming those Debian packages that are not installed. */
export function requirePackages(names: readonly string[]): void {
  const missing = names.filter((name) => {
    const query = spawnSync('dpkg-query', ['-W', '-f', '$' + '{db:Status-Status}', name], {
      encoding: 'utf8',
    });
    return query.stdout !== 'installed';
  });
  if (missing.length === 0) return;
  throw new Error(
    `Debian packages are missing for this test; run: sudo apt-get install ${missing.join(' ')}`,
  );
}

/** The process of this program that works on this volume. */
export function pidOf(program: string, volumeId: string): number | undefined {
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
      if (command[0] === program && command.some((each) => each.includes(volumeId))) {
        return Number(pid);
      }
    } catch {
      // It has ended.
    }
  }
  return undefined;
}
