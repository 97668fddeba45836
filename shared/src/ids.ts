import { randomBytes } from 'node:crypto';

/** What an id names. Volumes and snapshots follow EC2's long form: the prefix and 17 hexadecimal digits. */
export type IdKind = 'vol' | 'snap' | 'ord' | 'req';

/** A new random id such as `vol-0123456789abcdef0` (68 random bits). */
export function newId(kind: IdKind): string {
  return `${kind}-${randomBytes(9).toString('hex').slice(0, 17)}`;
}

/** Whether `text` is an id of this kind in its one canonical spelling. */
export function isId(kind: IdKind, text: string): boolean {
  return text.startsWith(`${kind}-`) && /^[0-9a-f]{17}$/.test(text.slice(kind.length + 1));
}
