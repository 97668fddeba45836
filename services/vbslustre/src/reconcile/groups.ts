/**
 * Works through items: those of one group one after another, the groups beside each other, so that a delegate that
 * does not answer holds up only what is its own.
 *
 * @param busy groups that are at work, from one call to the next: they are passed over
 */
export async function forEachGroup<T>(
  items: readonly T[],
  groupOf: (item: T) => string,
  work: (item: T) => Promise<void>,
  busy = new Set<string>(),
): Promise<void> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(groupOf(item)) ?? [];
    group.push(item);
    groups.set(groupOf(item), group);
  }
  await Promise.all(
    [...groups].map(async ([name, group]) => {
      if (busy.has(name)) return;
      busy.add(name);
      try {
        for (const item of group) await work(item);
      } finally {
        busy.delete(name);
      }
    }),
  );
}
