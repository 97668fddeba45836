import { randomBytes } from 'node:crypto';
import { errorFields, type Log } from '@vbs-lustre/shared/log';
import { parsePartName, partName } from '@vbs-lustre/shared/partName';
import type { RangeCopy } from '../jobs/copier.js';
import type { VolumeFiles } from '../jobs/volumeFiles.js';
import type { Help, HelpedFile, Helper } from './help.js';
import { type Range, rangesOf } from './ranges.js';

const ATTEMPT_BYTES = 8;

/** Copies a range, as one delegate does it. */
export type CopyRange = (copy: RangeCopy) => Promise<void>;

/**
 * A large copy that several Volume Delegates make together, range by range: whoever has finished one takes the next. The one that
 * has the order makes the file, and gives it its name when all ranges are on disk. The others know the file by a second name that is
 * made for this attempt and taken away before; so nobody can begin to write to what has become a volume.
 */
export class SharedCopy {
  readonly #files: Pick<VolumeFiles, 'linkPart' | 'dropPartName'>;
  readonly #help: Help;
  readonly #rangeBytes: number;
  readonly #log: Log;

  /** @param rangeBytes what is larger is shared, in ranges of so many bytes */
  constructor(
    files: Pick<VolumeFiles, 'linkPart' | 'dropPartName'>,
    help: Help,
    rangeBytes: number,
    log: Log,
  ) {
    this.#files = files;
    this.#help = help;
    this.#rangeBytes = rangeBytes;
    this.#log = log;
  }

  /**
   * Copies the beginning of a file into a part that has its space already.
   * @returns false if the copy is not to be shared; then nothing was copied
   * @throws {HelpLostError} if somebody may still write to the part, which must not be used then
   * @throws what copying a range does
   */
  async copy(copy: RangeCopy, copyRange: CopyRange): Promise<boolean> {
    const part = parsePartName(copy.part);
    const ranges = rangesOf(copy.range.to, this.#rangeBytes);
    if (!part || part.id.startsWith('export-') || ranges.length < 2) return false;
    const attempt = randomBytes(ATTEMPT_BYTES).toString('hex');
    const { orderId, id: fileId, bytes: sizeBytes } = part;
    const file = { orderId, fileId, sizeBytes, attempt, sourceId: copy.source };
    const helpedName = partName({ ...part, attempt });
    await this.#files.linkPart(copy.part, helpedName);
    try {
      await this.#share(file, ranges, copy, copyRange);
    } finally {
      await this.#files.dropPartName(helpedName);
    }
    return true;
  }

  async #share(
    file: HelpedFile,
    all: readonly Range[],
    copy: RangeCopy,
    copyRange: CopyRange,
  ): Promise<void> {
    const ranges = new Ranges(all, copy.onBytes);
    const stop = new AbortController();
    const signal = AbortSignal.any([copy.signal, stop.signal]);
    const helpers: Helper[] = [];
    const own = () =>
      ranges.each(async (range, onBytes) => {
        await copyRange({ ...copy, range, onBytes, signal });
        return true;
      }, signal);
    const others = async (): Promise<void> => {
      const asked = new Set<string>();
      const working: Promise<void>[] = [];
      while (ranges.areLeft && !signal.aborted) {
        const helper = await this.#help.find(file, asked);
        if (!helper) break;
        helpers.push(helper);
        working.push(
          ranges
            .each((range, onBytes) => this.#help.copy(file, helper, range, onBytes, signal), signal)
            .catch(fail),
        );
      }
      await Promise.all(working);
    };
    let failure: unknown;
    const fail = (error: unknown): void => {
      failure ??= error;
      stop.abort();
    };
    await Promise.all([own().catch(fail), others().catch(fail)]);
    // What somebody gave back.
    if (failure === undefined) await own().catch(fail);
    await Promise.all(helpers.map((helper) => this.#help.end(file, helper)));
    copy.signal.throwIfAborted();
    const { orderId, fileId: id } = file;
    const fields = { orderId, id, delegates: helpers.map(({ delegate }) => delegate) };
    if (failure !== undefined) {
      this.#log.warn('a copy could not be shared', { ...fields, ...errorFields(failure) });
      throw failure;
    }
    if (helpers.length > 0) this.#log.info('a copy was shared', fields);
  }
}

/** The ranges that nobody has taken yet, and what is done. */
class Ranges {
  readonly #left: Range[];
  readonly #onBytes: (bytesDone: number) => void;
  readonly #done = new Map<number, number>();

  constructor(ranges: readonly Range[], onBytes: (bytesDone: number) => void) {
    this.#left = [...ranges];
    this.#onBytes = onBytes;
  }

  get areLeft(): boolean {
    return this.#left.length > 0;
  }

  /** Works on one range after the other, until there is none, or `work` gives one back with false. */
  async each(
    work: (range: Range, onBytes: (bytesDone: number) => void) => Promise<boolean>,
    signal: AbortSignal,
  ): Promise<void> {
    for (let range = this.#left.shift(); range; range = this.#left.shift()) {
      const { from, to } = range;
      signal.throwIfAborted();
      if (!(await work(range, (bytes) => this.#note(from, bytes)))) {
        this.#note(from, 0);
        this.#left.push(range);
        return;
      }
      this.#note(from, to - from);
    }
  }

  #note(from: number, bytes: number): void {
    this.#done.set(from, bytes);
    this.#onBytes([...this.#done.values()].reduce((sum, each) => sum + each, 0));
  }
}
