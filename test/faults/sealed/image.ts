import { BLOCK_BYTES, type Run } from './sealed.js';

/** What one block may hold: what was written last, and before that until the last write is known to have ended well. */
type Contents = ReadonlySet<string>;

const BLANK = contentOf({ volume: 'blank', sequence: 0 });

/** What the blocks of a volume or snapshot must be, as far as those who wrote them know. */
export class Image {
  readonly #blocks: Contents[];

  private constructor(blocks: Contents[]) {
    this.#blocks = blocks;
  }

  /** A new volume: zeroes. */
  static blank(sizeBytes: number): Image {
    return new Image(Array.from({ length: sizeBytes / BLOCK_BYTES }, () => new Set([BLANK])));
  }

  get blocks(): number {
    return this.#blocks.length;
  }

  /** What a copy that is made now must hold. */
  copy(): Image {
    return new Image([...this.#blocks]);
  }

  /** These blocks are about to be written: until that is known to have ended, each is old or new. */
  writing(run: Run): void {
    this.#change(run, (before) => new Set([...before, contentOf(run)]));
  }

  /** The guest has written these blocks and had them flushed. */
  written(run: Run): void {
    this.#change(run, () => new Set([contentOf(run)]));
  }

  /**
   * Compares, and remembers of blocks that could be old or new which they are.
   * @returns what is wrong, in words
   */
  compare(seen: readonly Run[]): string[] {
    const wrong: string[] = [];
    const total = seen.reduce((sum, { count }) => sum + count, 0);
    if (total !== this.blocks) wrong.push(`${total} blocks instead of ${this.blocks}`);
    for (const run of seen) {
      const content = contentOf(run);
      for (let at = run.first; at < Math.min(run.first + run.count, this.blocks); at++) {
        const allowed = this.#blocks[at] as Contents;
        if (allowed.has(content)) this.#blocks[at] = new Set([content]);
        else wrong.push(`block ${at} is ${content}, not ${[...allowed].join(' or ')}`);
      }
    }
    return wrong;
  }

  #change({ first, count }: Run, change: (before: Contents) => Contents): void {
    for (let at = first; at < first + count; at++) {
      this.#blocks[at] = change(this.#blocks[at] as Contents);
    }
  }
}

function contentOf({ volume, sequence }: Pick<Run, 'volume' | 'sequence'>): string {
  return `${volume} ${sequence}`;
}
