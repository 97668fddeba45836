import { LEXICAL } from './lexical.js';
import { STRUCTURAL } from './mutations.js';
import type { Original } from './originals.js';
import { Random } from './random.js';
import { copyOf, elementsIn, readTree, write } from './tree.js';

const MAX_MUTATIONS = 4;

/** Makes mutants of signed messages: the same seed and number always give the same one. */
export class Mutator {
  readonly #seed: number;
  readonly #trees;
  readonly #victim: string;

  constructor(originals: readonly Original[], victim: string, seed: number) {
    this.#seed = seed;
    this.#trees = originals.map(({ text }) => readTree(text));
    this.#victim = victim;
  }

  mutant(number: number): string {
    const random = new Random(Math.imul(this.#seed, 0x9e3779b1) ^ Math.imul(number, 0x85ebca6b));
    const root = copyOf(random.pick(this.#trees));
    const material = { root, others: this.#trees, victim: this.#victim };
    const count = 1 + random.below(MAX_MUTATIONS);
    // A root that is alone has nothing left to mutate.
    for (let index = 0; index < count && elementsIn(root).length > 1; index++) {
      random.pick(random.chance(0.5) ? STRUCTURAL : LEXICAL)(material, random);
    }
    return asText(write(root), random);
  }
}

/** Most are sent as they are; some are cut, or get something before or behind them. */
function asText(text: string, random: Random): string {
  if (random.chance(0.9)) return text;
  return random.pick([
    `<?xml version="1.0" encoding="UTF-8"?>${text}`,
    `\n${text}\n`,
    `\ufeff${text}`,
    `${text}<x/>`,
    `<!DOCTYPE x>${text}`,
    text.slice(0, random.below(text.length)),
    text.slice(random.below(text.length)),
    text.replaceAll('></', '> </'),
  ]);
}
