import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { Log } from '../log.js';
import type { Certificate } from './certificate.js';
import { readCertificateFile } from './certificateFile.js';
import { type RevocationList, readRevocationList } from './revocationList.js';

/** Names that begin with a dot are what editors and rsync are still writing. */
const CERTIFICATE_FILE = /^[^.].*\.(crt|cer|pem|der)$/i;
const LIST_FILE = /^[^.].*\.crl$/i;
const MAX_BYTES = 16 * 1024 * 1024;
/** Thousands of looks at once would hold up the messages. */
const LOOKS_AT_ONCE = 64;
/** At how many looks in a row a file must be unreadable: it may be in the middle of being copied. */
const PATIENCE = 2;
const NONE: readonly Certificate[] = [];

/** A file of the folder as it was last read. */
interface Entry {
  /** Changes with the file. */
  state: string;
  digest: string;
  /** Whether two looks have found the same state: a change right after the first may leave no trace in it. */
  isSettled: boolean;
  certificates: readonly Certificate[];
  list?: RevocationList;
  /** At how many looks in a row it could not be read. */
  failures: number;
  error?: string;
}

/** What the files of a trust folder hold now. */
export interface TrustFiles {
  certificates: readonly Certificate[];
  lists: ReadonlyMap<string, RevocationList>;
  /** Files that should be revocation lists and can't be read. */
  unreadableLists: readonly string[];
}

/** The folder (or the one file) of trusted certificates: reads what has changed, and only that. */
export class TrustFolder {
  readonly #directory: string;
  readonly #log: Log;
  #entries: ReadonlyMap<string, Entry> = new Map();

  constructor(directory: string, log: Log) {
    this.#directory = directory;
    this.#log = log;
  }

  /**
   * Looks whether files came, went or changed.
   * @returns whether what they hold has changed
   * @throws {Error} if the folder can't be read; what was known of it is kept.
   */
  async look(): Promise<boolean> {
    const names = await namesIn(this.#directory);
    const entries = new Map<string, Entry>();
    for (let start = 0; start < names.length; start += LOOKS_AT_ONCE) {
      const some = names.slice(start, start + LOOKS_AT_ONCE).sort();
      const read = await Promise.all(some.map((name) => this.#lookAt(name)));
      for (const [index, name] of some.entries()) entries.set(name, read[index] as Entry);
    }
    const before = this.#entries;
    this.#entries = entries;
    return (
      entries.size !== before.size ||
      [...entries].some(([name, entry]) => isDifferent(entry, before.get(name)))
    );
  }

  /** Whether some file could not be read, so that the next look should not be late. */
  get isUnsettled(): boolean {
    return [...this.#entries.values()].some(({ failures }) => failures > 0 && failures < PATIENCE);
  }

  get files(): TrustFiles {
    const entries = [...this.#entries];
    const unreadable = entries.filter(([name, { error }]) => error && LIST_FILE.test(name));
    return {
      certificates: entries.flatMap(([, { certificates }]) => certificates),
      lists: new Map(entries.flatMap(([name, { list }]) => (list ? [[name, list]] : []))),
      unreadableLists: unreadable.map(([name]) => name),
    };
  }

  async #lookAt(name: string): Promise<Entry> {
    const known = this.#entries.get(name);
    const file = join(this.#directory, name);
    const state = await stateOf(file);
    const isSame = state === known?.state;
    if (isSame && known.isSettled) return known;
    try {
      const bytes = await readSome(file);
      const digest = createHash('sha256').update(bytes).digest('hex');
      const isSettled = isSame && known.digest === digest;
      if (known?.digest === digest && known.failures === 0) return { ...known, state, isSettled };
      return { ...parse(name, bytes), state, digest, isSettled: false, failures: 0 };
    } catch (error) {
      return this.#failed(name, state, known, error as NodeJS.ErrnoException);
    }
  }

  /** It may be in the middle of being copied: for one more look it holds what it held. */
  #failed(
    name: string,
    state: string,
    known: Entry | undefined,
    { message, errno }: NodeJS.ErrnoException,
  ): Entry {
    const failures = (known?.failures ?? 0) + 1;
    const failed = { state, digest: '', isSettled: false, failures };
    if (failures < PATIENCE) {
      const { certificates = NONE, list } = known ?? {};
      return { ...failed, certificates, ...(list && { list }) };
    }
    if (known?.error !== message) {
      this.#log.error('a file of the trust folder is not used', { file: name, reason: message });
    }
    // What the system could not do it may be able to do soon, with the same file.
    const isSettled = errno === undefined && state === known?.state;
    return { ...failed, isSettled, certificates: NONE, error: message };
  }
}

/** The names that count in a folder; the empty name if it is no folder, but a file of certificates. */
async function namesIn(path: string): Promise<string[]> {
  try {
    const names = await readdir(path);
    return names.filter((name) => CERTIFICATE_FILE.test(name) || LIST_FILE.test(name));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOTDIR') return [''];
    throw error;
  }
}

/** What changes with a file. */
async function stateOf(file: string): Promise<string> {
  try {
    const { mtimeMs, ctimeMs, size, ino } = await stat(file);
    return `${mtimeMs} ${ctimeMs} ${size} ${ino}`;
  } catch (error) {
    // Just gone, or a dangling link.
    return `${(error as NodeJS.ErrnoException).code}`;
  }
}

async function readSome(file: string): Promise<Buffer> {
  const stats = await stat(file);
  // A pipe would be waited for without end.
  if (!stats.isFile() || stats.size > MAX_BYTES) throw new Error('it is no file, or too large');
  return readFile(file);
}

function parse(name: string, bytes: Buffer): Pick<Entry, 'certificates' | 'list'> {
  if (LIST_FILE.test(name)) return { certificates: NONE, list: readRevocationList(bytes) };
  return { certificates: readCertificateFile(bytes) };
}

function isDifferent(entry: Entry, before: Entry | undefined): boolean {
  return (
    entry.certificates !== before?.certificates ||
    entry.list !== before.list ||
    entry.error !== before.error
  );
}
