import { randomFillSync } from 'node:crypto';

/** What an id names. Volumes and snapshots follow EC2's long form: the prefix and 17 hexadecimal digits. */
export type IdKind = 'vol' | 'snap' | 'export' | 'ord' | 'req' | 'msg';

/** A new random id such as `vol-0123456789abcdef0` (68 random bits). */
export function newId(kind: IdKind): string {
  if (used === random.length) {
    randomFillSync(random);
    used = 0;
  }
  const bytes = random.subarray(used, used + ID_BYTES);
  used += ID_BYTES;
  return `${kind}-${bytes.toString('hex').slice(0, 17)}`;
}

const ID_BYTES = 9;
/** Many ids' worth at once: one would cost more than all else that it takes to read a small request. */
const random = Buffer.alloc(256 * ID_BYTES);
let used = random.length;

/** Whether `text` is an id of this kind in its one canonical spelling. */
export function isId(kind: IdKind, text: string): boolean {
  return text.startsWith(`${kind}-`) && /^[0-9a-f]{17}$/.test(text.slice(kind.length + 1));
}
