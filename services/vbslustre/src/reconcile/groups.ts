/**
 * Works through items: those of one group one after another, the groups beside each other, so that a delegate that
 * does not answer holds up only what is its own.
 */
export async function forEachGroup<T>(
  items: readonly T[],
  groupOf: (item: T) => string,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const groups = new Map<string, T[]>();
  for (const item of items) {
    const group = groups.get(groupOf(item)) ?? [];
    group.push(item);
    groups.set(groupOf(item), group);
  }
  await Promise.all(
    [...groups.values()].map(async (group) => {
      for (const item of group) await work(item);
    }),
  );
}
