import type { Layout } from '../storage/storage.js';
import type { Blank } from './fill.js';
import type { Order } from './job.js';
import { JobError } from './jobError.js';

/** How files are made, and laid out on Lustre. */
export interface Way {
  blank: Blank;
  layout: Layout;
}

/** What a volume type says of it; what it does not say is as for volumes without a type. */
export interface VolumeType extends Layout {
  blank?: Blank | undefined;
}

/** How each file is made: volumes as their type says, all others alike. */
export class VolumeTypes {
  readonly #blank: Blank;
  readonly #types: ReadonlyMap<string, VolumeType>;

  constructor(blank: Blank, types: Readonly<Record<string, VolumeType>> = {}) {
    this.#blank = blank;
    this.#types = new Map(Object.entries(types));
  }

  get names(): string[] {
    return [...this.#types.keys()];
  }

  has(name: string): boolean {
    return this.#types.has(name);
  }

  /** The most that one of them has, or that those without a type have. */
  mostMirrors(others: number): number {
    const ofTypes = [...this.#types.values()].map(({ mirrors = others }) => mirrors);
    return Math.max(others, ...ofTypes);
  }

  /** @throws {JobError} if there is no such type any more */
  of(order: Order): Way {
    // It is its user's, and no volume.
    if (order.kind === 'export') return { blank: this.#blank, layout: { mirrors: 1 } };
    const name = order.kind === 'createVolume' ? order.volumeType : undefined;
    if (name === undefined) return { blank: this.#blank, layout: {} };
    const type = this.#types.get(name);
    if (!type) throw new JobError(`there is no volume type ${name} any more`);
    const { blank = this.#blank, ...layout } = type;
    return { blank, layout };
  }
}
