import { execFileSync } from 'node:child_process';

/** Unmounts, after whoever still looks at something there, or is being killed. */
export function unmount(path: string): void {
  asRoot('sh', '-c', 'for i in $(seq 999); do umount "$0" && exit; sleep 0.05; done; exit 1', path);
}

/** Runs a program that needs root and its kernel's help. @throws {Error} a sentence with the program's own words */
export function asRoot(program: string, ...args: string[]): string {
  try {
    return execFileSync(program, args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
  } catch (error) {
    const { stderr, message } = error as { stderr?: string; message: string };
    throw new Error(
      `${[program, ...args].join(' ')} failed; these tests must run as root, with mounts and loop devices: ${stderr || message}`,
    );
  }
}
