import { availableParallelism } from 'node:os';
import { CommandError } from '@vbs-lustre/shared/process/commandError';
import { longRun } from '../longRun.js';
import type { RunHere } from '../runIn.js';
import type { Range } from '../split/ranges.js';
import type { SharedCopy } from '../split/sharedCopy.js';
import type { Pace } from './pace.js';
import type { VolumeFiles } from './volumeFiles.js';

/** What is written past the page cache is written in whole ones, whatever the device. */
const BLOCK_BYTES = 4096;
/**
 * Reads and writes under way at once. Many keep the targets of a striped file busy; on a fast disk, more than the processors can
 * do get in each other's way.
 */
const AT_ONCE = Math.min(16, 2 * availableParallelism());

/** Data to be moved. */
export interface Copy {
  /** File names in the volume directory. The part is empty, and has its layout. */
  source: string;
  sourceSize: number;
  part: string;
  /** Of the part when it is finished: as large as the source, or larger. */
  sizeBytes: number;
  /** Whether the file system is to set the part's space aside. */
  isReserved: boolean;
  /** Whether no other delegate is to help. */
  isAlone?: boolean;
  signal: AbortSignal;
}

/** A range that is copied from a file to the same place of a part, which has its size. */
export interface RangeCopy extends Pick<Copy, 'source' | 'part' | 'signal'> {
  /** Of whole blocks. */
  range: Range;
  onBytes(bytesDone: number): void;
}

/**
 * Copies the data of a file, not its holes: with qemu-img, into a file that has its space, many blocks at once, which are written past
 * the page cache; where that is not installed, with the paper's cp.
 */
export class Copier {
  readonly #files: VolumeFiles;
  readonly #run: RunHere;
  readonly #pace: Pace;
  readonly #qemuImg: string | undefined;
  readonly #shared: SharedCopy | undefined;
  readonly #done = new Map<string, number>();

  /**
   * @param qemuImg the program; none: cp
   * @param shared has other delegates help with what is large
   */
  constructor(files: VolumeFiles, run: RunHere, pace: Pace, qemuImg?: string, shared?: SharedCopy) {
    this.#files = files;
    this.#run = run;
    this.#pace = pace;
    this.#qemuImg = qemuImg;
    this.#shared = shared;
  }

  /** Whether it can copy a range of a file. */
  get copiesRanges(): boolean {
    return this.#qemuImg !== undefined;
  }

  /** How many bytes of a part are done; undefined if its size tells. */
  bytesDone(part: string): number | undefined {
    return this.#done.get(part);
  }

  /**
   * Copies, and puts the copy on disk.
   * @returns false if space is to be set aside and the file system does not do that; then nothing was copied
   * @throws {CommandError} also for what can't be read
   * @throws {HelpLostError} if another delegate may still write to the part: it has to be made anew
   */
  async copy(copy: Copy): Promise<boolean> {
    const { source, part, sizeBytes, signal } = copy;
    // Where data has just been written and not flushed, OpenZFS has shown holes. A snapshot was flushed before it got its name.
    if (!source.startsWith('snap-')) await this.#files.flush(source, signal, sizeBytes);
    const isCopied = this.copiesRanges ? await this.#withQemuImg(copy) : await this.#withCp(copy);
    if (isCopied) await this.#files.flush(part, signal, sizeBytes);
    return isCopied;
  }

  /** It empties the file first, so that the space of the holes is set aside last; until then it is promised. */
  async #withCp({ source, part, sizeBytes, isReserved, signal }: Copy): Promise<boolean> {
    if (isReserved && !(await this.#files.canReserve(part, signal))) return false;
    // Else cp makes a clone where it can, whose space is not its own.
    const args = ['--reflink=never', '--', source, part];
    await this.#run('cp', args, longRun(sizeBytes, signal));
    if (isReserved) return this.#files.reserve(part, sizeBytes, signal);
    await this.#files.setSize(part, sizeBytes, signal);
    return true;
  }

  async #withQemuImg(copy: Copy): Promise<boolean> {
    const { source, sourceSize, part, sizeBytes, isReserved, isAlone, signal } = copy;
    const inBlocks = sourceSize - (sourceSize % BLOCK_BYTES);
    const onBytes = (bytes: number): void => void this.#done.set(part, bytes);
    onBytes(0);
    try {
      if (!isReserved) await this.#files.setSize(part, sizeBytes, signal);
      else if (!(await this.#files.reserve(part, sizeBytes, signal))) return false;
      const blocks = { source, part, range: { from: 0, to: inBlocks }, onBytes, signal };
      const isShared =
        !isAlone && (await this.#shared?.copy(blocks, (each) => this.copyRange(each)));
      if (!isShared) await this.#convert(blocks);
      if (inBlocks < sourceSize)
        await this.#files.dd.copy(source, part, inBlocks, sourceSize, signal);
      return true;
    } finally {
      this.#done.delete(part);
    }
  }

  /**
   * Copies a range of a file, and puts it on disk: other machines may read it then.
   * @throws {CommandError}
   */
  async copyRange(copy: RangeCopy): Promise<void> {
    const { part, range, signal } = copy;
    await this.#convert(copy);
    await this.#files.flush(part, signal, range.to - range.from);
  }

  /** Past the page cache, where the file system does that. */
  async #convert(copy: RangeCopy): Promise<void> {
    await this.#convertWith('none', copy).catch((error) => {
      if (!(error instanceof CommandError) || !error.stderr.includes('O_DIRECT')) throw error;
      return this.#convertWith('writeback', copy);
    });
  }

  /** Both formats are named: a guest can write the header of another into its disk, which would lead elsewhere. */
  async #convertWith(
    cache: string,
    { source, part, range, onBytes, signal }: RangeCopy,
  ): Promise<void> {
    if (this.#qemuImg === undefined) throw new Error('only qemu-img copies ranges');
    const { share } = this.#pace;
    const bytes = range.to - range.from;
    const args = convertArgs(share, cache, raw(source, range), raw(part, range));
    const onOutput = (text: string) => {
      const percent = /.*\(([\d.]+)\/100%\)/s.exec(text)?.[1];
      if (percent !== undefined) onBytes(Math.floor((bytes * Number(percent)) / 100));
    };
    await this.#run(this.#qemuImg, args, { ...longRun(bytes, signal, share), onOutput });
  }
}

/**
 * How `qemu-img` is told to copy.
 * @param share bytes a second at most @param source and target, with all their options
 */
export function convertArgs(
  share: number | undefined,
  cache: string,
  source: string,
  target: string,
): string[] {
  return [
    ...['convert', '-p', '-n', '--target-is-zero', '-W', '-m', String(AT_ONCE), '-t', cache],
    ...(share === undefined ? [] : ['-r', String(share)]),
    ...['--image-opts', '--target-image-opts', source, target],
  ];
}

/** A lock of QEMU's would be refused where Lustre is mounted without locks; nobody else has these files. */
function raw(name: string, { from, to }: Range): string {
  const place = `offset=${from},size=${to - from}`;
  return `driver=raw,${place},file.driver=file,file.filename=${name},file.locking=off`;
}
