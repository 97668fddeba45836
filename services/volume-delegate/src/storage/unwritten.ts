import { isId } from '@vbs-lustre/shared/ids';
import { CommandError } from '@vbs-lustre/shared/process/commandError';
import type { DirectoryFiles, Look } from '../files/directoryFiles.js';
import type { RunHere } from '../runIn.js';

/** After so long a file is looked at again: it was written meanwhile, or its machine gave space back. */
const LOOK_AGAIN_MS = 60_000;
/** Of those that were looked at before, at most so many again in one look: each costs a question to every OST it is on. */
const AGAIN_AT_ONCE = 500;
const NEW_AT_ONCE = 1_000;
/** More are looked at by a program: it tells what it has seen when one of them hangs. */
const FEW = 8;
/** A file on an OST that is down is not waited for longer. */
const PATIENCE_MS = 5_000;

/** A finished file that may still take space. */
export interface UnwrittenFile extends Need {
  name: string;
  identity: string;
}

/** What a file needs. */
export interface Need {
  /** For one copy of its data. */
  bytes: number;
  /** That it has, with all of its mirrors. */
  ownBytes: number;
}

type Seeable = Pick<Look, 'name' | 'inode' | 'mode' | 'ownBytes' | 'sizeBytes'>;

interface Seen extends Need {
  inode: string;
  at: number;
}

/** Nobody ever writes it. */
export function isSnapshot(name: string): boolean {
  return name.startsWith('snap-');
}

/** Whether a file of this mode shares its blocks: the sticky bit. */
export function isShared(mode: number): boolean {
  return (mode & 0o1000) !== 0;
}

/** Whether a file of this mode is a volume that is never written: the set-user-id bit. */
export function isFixed(mode: number): boolean {
  return (mode & 0o4000) !== 0;
}

/**
 * The finished files that do not have all of their space yet. A volume has holes if it is thin, a copy that kept them, or if
 * its machine gave space back (discard). A clone shares its blocks: every one may have to be written elsewhere.
 *
 * A look costs the names in the directory, and a limited number of files that are looked at more closely.
 */
export class Unwritten {
  readonly #run: RunHere;
  readonly #files: DirectoryFiles;
  readonly #timeoutMs: number;
  readonly #mostMirrors: number;
  readonly #seen = new Map<string, Seen>();

  /** @param mostMirrors that a file can have: if it has fewer, it may be found to need nothing more */
  constructor(run: RunHere, files: DirectoryFiles, commandTimeoutMs: number, mostMirrors = 1) {
    this.#run = run;
    this.#files = files;
    this.#mostMirrors = mostMirrors;
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
    return this.#promised();
  }

  async #names(): Promise<Set<string>> {
    const found = await this.#files.names('vol-', 'snap-');
    return new Set(found.filter((name) => isId('vol', name) || isId('snap', name)));
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
    const looks = names.length > FEW ? this.#lookByProgram(names) : this.#lookAtFew(names);
    const found = new Map((await looks).map((each) => [each.name, each]));
    const at = performance.now();
    for (const name of names) {
      const look = found.get(name);
      const before = this.#seen.get(name) ?? { inode: name, bytes: 0, ownBytes: 0 };
      const seen = look ? { inode: look.inode, ...needOf(look) } : before;
      this.#seen.delete(name);
      this.#seen.set(name, { ...seen, at });
    }
  }

  async #lookAtFew(names: readonly string[]): Promise<Seeable[]> {
    const deadline = performance.now() + this.#timeoutMs;
    const found: Seeable[] = [];
    for (const name of names) {
      const left = Math.ceil(deadline - performance.now());
      if (left <= 0) break;
      const look = await this.#files.look(name, left).catch(toNothing);
      if (look?.isFile) found.push(look);
    }
    return found;
  }

  async #lookByProgram(names: readonly string[]): Promise<Seeable[]> {
    const args = ['--printf', '%i %a %b %s %n\\0', '--', ...names];
    const output = await this.#run('stat', args, { timeoutMs: this.#timeoutMs }).then(
      ({ stdout }) => stdout,
      (error) => {
        if (error instanceof CommandError) return error.stdout;
        throw error;
      },
    );
    // The last one may have been cut short.
    const complete = output.split('\0').slice(0, -1);
    return complete.map((each) => {
      const [inode = '', mode = '', blocks, size, name = ''] = each.split(' ');
      const bytes = { ownBytes: Number(blocks) * 512, sizeBytes: Number(size) };
      return { name, inode, mode: Number.parseInt(mode, 8), ...bytes };
    });
  }

  /** A file that has two names takes its space once. */
  #promised(): UnwrittenFile[] {
    const files = new Map<string, UnwrittenFile>();
    for (const [name, { inode, bytes, ownBytes }] of this.#seen) {
      if (bytes * this.#mostMirrors <= ownBytes) continue;
      files.set(inode, { name, identity: `${inode} ${name}`, bytes, ownBytes });
    }
    return [...files.values()];
  }
}

/** What is never written, and shares nothing, needs nothing. */
function needOf({ name, mode, ownBytes, sizeBytes }: Seeable): Need {
  const isNeverWritten = isSnapshot(name) || isFixed(mode);
  if (isShared(mode)) return { bytes: sizeBytes, ownBytes: 0 };
  return { bytes: isNeverWritten ? 0 : sizeBytes, ownBytes };
}

function toNothing(error: unknown): undefined {
  if (!(error instanceof CommandError)) throw error;
}
