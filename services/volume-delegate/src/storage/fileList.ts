import { isId } from '@vbs-lustre/shared/ids';
import { parsePartName } from '@vbs-lustre/shared/partName';
import { CommandError } from '@vbs-lustre/shared/process/commandError';
import { type RunHere, runIn } from '../runIn.js';

/** Files in one answer. */
const PAGE = 1_000;

const PATTERNS = { volume: 'vol-*', snapshot: 'snap-*', part: '.*.part' } as const;

export type FileKind = keyof typeof PATTERNS;

export interface FoundFile extends Partial<Details> {
  name: string;
  /** Of a part: the order that it is made for. */
  orderId?: string;
}

interface Details {
  sizeBytes: number;
  /** Permissions, octal. */
  mode: string;
  /** Since the file was last changed in any way. */
  ageSeconds: number;
}

export interface FilePage {
  files: FoundFile[];
  more: boolean;
}

/** What lies in the volume directory, as it is found there. */
export class FileList {
  readonly #run: RunHere;

  constructor(directory: string, commandTimeoutMs: number) {
    this.#run = runIn(directory, commandTimeoutMs);
  }

  /**
   * The files of one kind whose names sort after `after`, a page of them. A name that is no id, or is not a regular
   * file's, is none of ours.
   * @throws {CommandError} if the directory can't be read
   */
  async page(kind: FileKind, after = ''): Promise<FilePage> {
    const names = (await this.#names(kind)).filter((name) => name > after);
    const some = names.slice(0, PAGE);
    const details = await this.#look(some);
    const files = some.map((name) => {
      const orderId = parsePartName(name)?.orderId;
      return { name, ...details.get(name), ...(orderId !== undefined && { orderId }) };
    });
    return { files, more: names.length > some.length };
  }

  /** Names alone cost a client of Lustre nothing but the directory: a size has to be fetched from every OST. */
  async #names(kind: FileKind): Promise<string[]> {
    const { stdout } = await this.#run('find', [
      ...['.', '-maxdepth', '1', '-ignore_readdir_race'],
      ...['-name', PATTERNS[kind], '-type', 'f', '-printf', '%f\\0'],
    ]);
    const isOurs = (name: string): boolean => {
      if (kind === 'part') return parsePartName(name) !== undefined;
      return isId(kind === 'volume' ? 'vol' : 'snap', name);
    };
    return stdout.split('\0').filter(isOurs).sort();
  }

  /** What could be looked at: a file may be gone meanwhile, or on an OST that does not answer. */
  async #look(names: readonly string[]): Promise<Map<string, Details>> {
    if (names.length === 0) return new Map();
    const output = await this.#run('stat', ['--printf', '%s %a %Z %n\\0', '--', ...names]).then(
      ({ stdout }) => stdout,
      (error) => {
        if (error instanceof CommandError) return error.stdout;
        throw error;
      },
    );
    const now = Math.floor(Date.now() / 1000);
    // The last one may have been cut short.
    const complete = output.split('\0').slice(0, -1);
    return new Map(
      complete.map((each) => {
        const [size, mode = '', changed, name = ''] = each.split(' ');
        const ageSeconds = Math.max(0, now - Number(changed));
        return [name, { sizeBytes: Number(size), mode, ageSeconds }];
      }),
    );
  }
}
