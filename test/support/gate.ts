import { chmodSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

const POLL_MS = 100;
/** What the arguments of programs begin with when they move data for a new file, which is a part yet. */
const MOVING = { dd: 'if=', cp: '--reflink=never', 'qemu-img': 'convert' };

/** Such programs that don't begin as long as the gate is closed: so what they make stays pending. */
export class Gate {
  readonly #folder: string;
  readonly #held: Readonly<Record<string, string>>;

  /** @param held other programs, each with the first argument with which it is held up */
  constructor(home: string, held: Readonly<Record<string, string>> = MOVING) {
    this.#folder = join(home, 'gate');
    this.#held = held;
    mkdirSync(this.#folder);
    for (const [program, first] of Object.entries(held)) {
      const script = join(this.#folder, program);
      const wait = `while [ -e '${this.closed}' ]; do sleep 1; done`;
      writeFileSync(
        script,
        `#!/bin/sh\ncase "$*" in ${first}*.part*) ${wait} ;; esac\nexec /usr/bin/${program} "$@"\n`,
      );
      chmodSync(script, 0o755);
    }
  }

  /** Of services that find these first. */
  get env() {
    return { PATH: `${this.#folder}:${process.env.PATH}` };
  }

  close(): void {
    writeFileSync(this.closed, '');
  }

  open(): void {
    rmSync(this.closed, { force: true });
  }

  /** Waits until the file of a volume or snapshot is about to be filled. */
  async arrived(id: string): Promise<void> {
    while (!this.isThere(id)) await delay(POLL_MS);
  }

  /** Whether some program is at work on the file of a volume or snapshot. */
  isThere(id: string): boolean {
    return this.count(id) > 0;
  }

  /** How many programs are. */
  count(id: string): number {
    const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
    return pids.filter((pid) => {
      const command = commandOf(pid);
      const isMoving = Object.values(this.#held).some((first) => command.includes(first));
      return isMoving && command.includes(this.#folder) && command.includes(id);
    }).length;
  }

  /** The file that is there while it is closed. */
  get closed(): string {
    return join(this.#folder, 'closed');
  }
}

/** Empty if it has ended. */
function commandOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}
