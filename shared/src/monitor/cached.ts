/**
 * Reads something at most once at a time, and not again for a while after that: who asks meanwhile gets what was read, or how
 * that failed.
 * @param ms for so many milliseconds
 */
export function cached<T>(read: () => Promise<T>, ms: number): () => Promise<T> {
  let last: Promise<T> | undefined;
  let goodUntil = 0;
  return () => {
    if (last && performance.now() < goodUntil) return last;
    goodUntil = Number.POSITIVE_INFINITY;
    const age = (): void => {
      goodUntil = performance.now() + ms;
    };
    last = read();
    last.then(age, age);
    return last;
  };
}
