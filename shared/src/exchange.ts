import { createHash } from 'node:crypto';

/** Of the part of a folder's name that people read. */
const MAX_READABLE = 32;
/** Hexadecimal digits (96 bits): nobody finds another subject name with the same. */
const DIGITS = 24;
const MAX_FILE_NAME = 128;

/**
 * The name of a user's folder in the exchange directory: the common name, as far as it is fit for a file name, and a hash of
 * the whole subject name, so that nobody else has it.
 */
export function exchangeFolderOf(userId: string): string {
  const [, name = 'user'] = /(?:^|[,+])CN=((?:[^,+\\]|\\.)*)/.exec(userId) ?? [];
  const readable = name.replace(/[^A-Za-z0-9_-]/g, '_').slice(0, MAX_READABLE);
  const hash = createHash('sha256').update(userId).digest('hex').slice(0, DIGITS);
  return `${readable}-${hash}`;
}

/** Whether it is the plain name of a file: it leads nowhere else, is no hidden file, and no option of a program. */
export function isExchangeFileName(name: string): boolean {
  return name.length <= MAX_FILE_NAME && /^[A-Za-z0-9_][A-Za-z0-9_.+-]*$/.test(name);
}
