/** What is found once may be on its way: only what two looks so far apart have found is acted upon. */
const APART_MS = 30_000;

/** Remembers what looks have found, in places (such as a host) that are looked at one by one. */
export class Looks {
  readonly #now: () => number;
  /** Since when each thing is found, by the place. */
  readonly #found = new Map<string, Map<string, number>>();

  /** @param now in milliseconds, of a clock that only goes forward */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /**
   * Takes all that one look at a place has found.
   * @returns of this, what was found by a look at least 30 s ago too, and by every look in between
   */
  confirmed(place: string, things: Iterable<string>): Set<string> {
    const now = this.#now();
    const before = this.#found.get(place);
    const found = new Map([...things].map((each) => [each, before?.get(each) ?? now]));
    this.#found.set(place, found);
    return new Set([...found].flatMap(([each, since]) => (now - since >= APART_MS ? [each] : [])));
  }

  /** A thing that was acted upon is found anew if it is still there. */
  forget(place: string, thing: string): void {
    this.#found.get(place)?.delete(thing);
  }
}
