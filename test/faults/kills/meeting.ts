import { randomUUID } from 'node:crypto';
import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Where the Volume Delegate that has the order waits with its first range until another one has begun with one of the same file, as
 * long as it is closed: else it might be done with all of them before.
 */
export class Meeting {
  readonly #folder: string;

  constructor(home: string) {
    this.#folder = join(home, 'meeting');
    mkdirSync(this.#folder);
    const script = join(this.#folder, 'qemu-img');
    writeFileSync(script, scriptIn(this.#folder));
    chmodSync(script, 0o755);
  }

  /** Of services that find this `qemu-img` first. */
  get env() {
    return { PATH: `${this.#folder}:${process.env.PATH}` };
  }

  close(): void {
    writeFileSync(this.#closed, randomUUID());
  }

  open(): void {
    rmSync(this.#closed, { force: true });
  }

  get #closed(): string {
    return join(this.#folder, 'closed');
  }
}

/** Whoever helps uses a second name, which has one part more. */
const scriptIn = (folder: string) => `#!/bin/sh
state() { cat '${folder}/closed' 2>/dev/null; }
closed=$(state)
part=$(expr "$*" : '.*file\\.filename=\\.\\([^,]*\\)\\.part')
case "$part" in
  '') ;;
  *.ord-*.*) : > '${folder}'/"\${part%.*}" ;;
  *) while [ "$closed" ] && [ "$closed" = "$(state)" ] && [ ! -e '${folder}'/"$part" ]; do
       sleep 0.1
     done ;;
esac
exec /usr/bin/qemu-img "$@"
`;
