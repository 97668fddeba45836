import { readdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * The wall clock of one process and its children, which can be put forward and back while it runs (libfaketime). The clock
 * that timers go by stays right, as when somebody sets the time of a machine.
 */
export class Clock {
  readonly #file: string;

  /** @param folder for the file that says how wrong it is */
  constructor(folder: string, name: string) {
    this.#file = join(folder, `${name}.clock`);
    this.set(0);
  }

  /** For the process. */
  get env(): Readonly<Record<string, string>> {
    return {
      LD_PRELOAD: library(),
      FAKETIME_TIMESTAMP_FILE: this.#file,
      // Seconds after which the file is read again.
      FAKETIME_CACHE_DURATION: '1',
      FAKETIME_DONT_FAKE_MONOTONIC: '1',
      NO_FAKE_STAT: '1',
    };
  }

  /** Sets it to so many hours from the right time, within a second. */
  set(hours: number): void {
    const seconds = hours * 3600;
    writeFileSync(`${this.#file}.new`, `${seconds < 0 ? '' : '+'}${seconds}\n`);
    renameSync(`${this.#file}.new`, this.#file);
  }
}

function library(): string {
  for (const folder of readdirSync('/usr/lib', { withFileTypes: true })) {
    if (!folder.isDirectory()) continue;
    const library = join('/usr/lib', folder.name, 'faketime');
    try {
      if (readdirSync(library).includes('libfaketimeMT.so.1'))
        return join(library, 'libfaketimeMT.so.1');
    } catch {
      // There is no such folder.
    }
  }
  throw new Error('libfaketime is missing: install the Debian package libfaketime');
}
