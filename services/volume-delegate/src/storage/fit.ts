/**
 * Puts bytes on the targets of a file, evenly, one id a stripe.
 * @param load bytes by target, added to.
 */
export function addShares(load: Map<string, number>, bytes: number, stripes: string[]): void {
  const share = Math.ceil(bytes / stripes.length);
  for (const id of stripes) load.set(id, (load.get(id) ?? 0) + share);
}

/**
 * Why a new file does not fit on its targets, for an {@link InsufficientSpaceError}: undefined if it does.
 *
 * @param bytes of the whole file.
 * @param stripes the ids of the targets it lies on, one a stripe.
 * @param room bytes that can be promised yet, by target; one that does not answer is missing.
 */
export function findMisfit(
  bytes: number,
  stripes: string[],
  room: ReadonlyMap<string, number>,
): string | undefined {
  const perStripe = Math.ceil(bytes / stripes.length);
  const stripesOn = new Map<string, number>();
  for (const id of stripes) stripesOn.set(id, (stripesOn.get(id) ?? 0) + 1);
  const full = [...stripesOn].filter(([id, count]) => (room.get(id) ?? -1) < count * perStripe);
  if (full.length === 0) return undefined;
  const promisable = [...stripesOn].map(([id, count]) => Math.floor((room.get(id) ?? 0) / count));
  return (
    `${bytes} bytes are wanted and ${Math.min(...promisable) * stripes.length} bytes can be promised` +
    full.map(([id, count]) => describe(id, count * perStripe, room.get(id))).join('')
  );
}

/**
 * Whether a file could lie on some of these targets, if it has each stripe on another one.
 *
 * @param room bytes that can be promised yet, of each target.
 */
export function fitsSomewhere(bytes: number, stripeCount: number, room: number[]): boolean {
  const best = [...room].sort((a, b) => b - a)[stripeCount - 1];
  return best !== undefined && best >= Math.ceil(bytes / stripeCount);
}

function describe(id: string, wanted: number, free: number | undefined): string {
  if (id === '') return '';
  if (free === undefined) return `; OST ${id} does not answer`;
  return `; OST ${id} has room for ${free} of its ${wanted} bytes`;
}
