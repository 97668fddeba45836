/** Why a file does not fit where it lies, and whether it could somewhere else. */
export interface Misfit {
  /** Fit for an {@link InsufficientSpaceError}. */
  message: string;
  /** Other targets, as many as the file has stripes, could hold it. */
  fitsElsewhere: boolean;
}

/**
 * Puts bytes on the targets of a file, evenly, one id a stripe.
 * @param load bytes by target, added to.
 */
export function addShares(load: Map<string, number>, bytes: number, stripes: string[]): void {
  const share = Math.ceil(bytes / stripes.length);
  for (const id of stripes) load.set(id, (load.get(id) ?? 0) + share);
}

/**
 * Whether a new file fits on its targets: undefined if it does.
 *
 * @param bytes of the whole file.
 * @param stripes the ids of the targets it lies on, one a stripe.
 * @param room bytes that can be promised yet, by target; one that does not answer is missing.
 */
export function findMisfit(
  bytes: number,
  stripes: string[],
  room: ReadonlyMap<string, number>,
): Misfit | undefined {
  const perStripe = Math.ceil(bytes / stripes.length);
  const stripesOn = new Map<string, number>();
  for (const id of stripes) stripesOn.set(id, (stripesOn.get(id) ?? 0) + 1);
  const full = [...stripesOn].filter(([id, count]) => (room.get(id) ?? -1) < count * perStripe);
  if (full.length === 0) return undefined;
  const best = [...room.values()].sort((a, b) => b - a)[stripes.length - 1];
  const promisable = [...stripesOn].map(([id, count]) => Math.floor((room.get(id) ?? 0) / count));
  return {
    fitsElsewhere: best !== undefined && best >= perStripe,
    message:
      `${bytes} bytes are wanted and ${Math.min(...promisable) * stripes.length} bytes can be promised` +
      full.map(([id, count]) => describe(id, count * perStripe, room.get(id))).join(''),
  };
}

function describe(id: string, wanted: number, free: number | undefined): string {
  if (id === '') return '';
  if (free === undefined) return `; OST ${id} does not answer`;
  return `; OST ${id} has room for ${free} of its ${wanted} bytes`;
}
