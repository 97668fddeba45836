import { isId } from '@vbs-lustre/shared/ids';
import { CommandError } from '@vbs-lustre/shared/process/commandError';
import type { RunHere } from '../runIn.js';

/** After so long a file is looked at again: it was written meanwhile, or its machine gave space back. */
const LOOK_AGAIN_MS = 60_000;
/** Of those that were looked at before, at most so many again in one look: each costs a question to every OST it is on. */
const AGAIN_AT_ONCE = 500;
const NEW_AT_ONCE = 1_000;
/** A file on an OST that is down is not waited for longer. */
const PATIENCE_MS = 5_000;

/** A finished file that may still take space. */
export interface UnwrittenFile {
  name: string;
  identity: string;
  remaining: number;
}

interface Seen {
  inode: string;
  remaining: number;
  at: number;
}

/** Nobody ever writes it. */
function isSnapshot(name: string): boolean {
  return name.startsWith('snap-');
}

/** Whether a file of this mode (octal) shares its blocks: the sticky bit. */
export function isShared(mode: string): boolean {
  return (Number.parseInt(mode, 8) & 0o1000) !== 0;
}

/** Whether a file of this mode (octal) is a volume that is never written: the set-user-id bit. */
function isFixed(mode: string): boolean {
  return (Number.parseInt(mode, 8) & 0o4000) !== 0;
}

/**
 * The finished files that do not have all of their space yet. A volume has holes if it is thin, a copy that kept them, or if
 * its machine gave space back (discard). A clone shares its blocks: every one may have to be written elsewhere.
 *
 * A look costs the names in the directory, and a limited number of files that are looked at more closely.
 */
export class Unwritten {
  readonly #run: RunHere;
  readonly #timeoutMs: number;
  readonly #seen = new Map<string, Seen>();

  constructor(run: RunHere, commandTimeoutMs: number) {
    this.#run = run;
    this.#timeoutMs = Math.min(commandTimeoutMs, PATIENCE_MS);
  }

  /** @throws {CommandError} if the directory can't be read */
  async find(): Promise<UnwrittenFile[]> {
    const names = await this.#names();
    for (const name of this.#seen.keys()) if (!names.has(name)) this.#seen.delete(name);
    const unknown = [...names].filter((name) => !this.#seen.has(name));
    for (let from = 0; from < unknown.length; from += NEW_AT_ONCE) {
      await this.#look(unknown.slice(from, from + NEW_AT_ONCE));
    }
    await this.#look(this.#due());
    return this.#files();
  }

  async #names(): Promise<Set<string>> {
    const { stdout } = await this.#run('find', [
      ...['.', '-maxdepth', '1', '-ignore_readdir_race'],
      ...['(', '-name', 'vol-*', '-o', '-name', 'snap-*', ')', '-type', 'f', '-printf', '%f\\0'],
    ]);
    const isOurs = (name: string): boolean => isId('vol', name) || isId('snap', name);
    return new Set(stdout.split('\0').filter(isOurs));
  }

  /** Those that are to be looked at again, who was looked at first comes first. */
  #due(): string[] {
    const before = performance.now() - LOOK_AGAIN_MS;
    const due = [...this.#seen].filter(([name, { at }]) => at < before && !isSnapshot(name));
    return due.slice(0, AGAIN_AT_ONCE).map(([name]) => name);
  }

  /** What can't be looked at, as on an OST that is down, stays as it was; nothing is promised there now. */
  async #look(names: readonly string[]): Promise<void> {
    if (names.length === 0) return;
    const args = ['--printf', '%i %a %b %s %n\\0', '--', ...names];
    const output = await this.#run('stat', args, { timeoutMs: this.#timeoutMs }).then(
      ({ stdout }) => stdout,
      (error) => {
        if (error instanceof CommandError) return error.stdout;
        throw error;
      },
    );
    const at = performance.now();
    const found = new Map<string, Seen>();
    // The last one may have been cut short.
    for (const each of output.split('\0').slice(0, -1)) {
      const [inode = '', mode = '', blocks, size, name = ''] = each.split(' ');
      const own = isShared(mode) ? 0 : Number(blocks) * 512;
      const isNeverWritten = isSnapshot(name) || isFixed(mode);
      const remaining = isNeverWritten && !isShared(mode) ? 0 : Math.max(0, Number(size) - own);
      found.set(name, { inode, remaining, at });
    }
    for (const name of names) {
      const nothing: Seen = { inode: name, remaining: 0, at };
      const seen = found.get(name) ?? { ...(this.#seen.get(name) ?? nothing), at };
      this.#seen.delete(name);
      this.#seen.set(name, seen);
    }
  }

  /** A file that has two names takes its space once. */
  #files(): UnwrittenFile[] {
    const files = new Map<string, UnwrittenFile>();
    for (const [name, { inode, remaining }] of this.#seen) {
      if (remaining > 0) files.set(inode, { name, identity: `${inode} ${name}`, remaining });
    }
    return [...files.values()];
  }
}
