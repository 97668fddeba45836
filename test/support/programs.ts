import { execFile, spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

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

/**
 * Has a process stand still (SIGSTOP).
 * @returns whether it does: one that has ended takes any signal until its parent has heard of its end
 */
export async function stopProcess(pid: number): Promise<boolean> {
  try {
    process.kill(pid, 'SIGSTOP');
  } catch {
    return false;
  }
  for (;;) {
    const state = stateOf(pid);
    if (state === 'T') return true;
    if (state === undefined || /[ZX]/.test(state)) return false;
    await delay(20);
  }
}

/** A letter; undefined if there is no such process any more. */
function stateOf(pid: number): string | undefined {
  try {
    return /^\d+ \(.*\) (\w)/s.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1];
  } catch {
    return undefined;
  }
}
