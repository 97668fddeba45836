import type { Note } from './lane.js';

/**
 * What services note of an operation that may be asked for more than once: somebody who is needed is not there yet, and it is refused.
 * What it had come to then, and what takes that away again, are no steps of what it comes to in the end.
 */
export class Attempts {
  readonly #notes: (since: number) => Note[];
  readonly #known: readonly string[];
  readonly #first: number;
  readonly #inVain = new Set<string>();
  #since: number;

  /**
   * @param notes all that was noted since then
   * @param known volumes and snapshots that were there before
   */
  constructor(notes: (since: number) => Note[], known: readonly string[]) {
    this.#notes = notes;
    this.#known = known;
    this.#first = notes(0).length;
    this.#since = this.#first;
  }

  /** It was refused, and is asked for once more. */
  again(): void {
    const notes = this.#notes(this.#since);
    this.#since += notes.length;
    for (const id of this.#newIn(notes)) this.#inVain.add(id);
  }

  /** What was noted of the last attempt. */
  last(): Note[] {
    const isInVain = ({ ids = [] }: Note): boolean => ids.some((id) => this.#inVain.has(id));
    return this.#notes(this.#since).filter((note) => !isInVain(note));
  }

  /** Volumes and snapshots that came into being by all of them. */
  made(): string[] {
    return this.#newIn(this.#notes(this.#first));
  }

  #newIn(notes: readonly Note[]): string[] {
    const ids = notes.flatMap(({ ids = [] }) => ids);
    return [...new Set(ids)].filter((id) => !this.#known.includes(id));
  }
}
