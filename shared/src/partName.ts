import { isId } from './ids.js';

const KINDS = ['vol', 'snap', 'export'] as const;

/** A file in the making. */
export interface Part {
  /** Of the volume, the snapshot or the export. */
  id: string;
  /** What the file will hold when it is complete. */
  bytes: number;
  orderId: string;
}

/**
 * The name that a file has while it is being made. It tells what it will take, so that every delegate that
 * sees the directory can count it.
 *
 * @throws {RangeError} if the part is none: an id of another form, or bytes that are no whole number.
 */
export function partName({ id, bytes, orderId }: Part): string {
  const name = `.${id}.${bytes}.${orderId}.part`;
  if (!parsePartName(name)) throw new RangeError('this is no id, size and order of a file');
  return name;
}

/** What a file name says of a file in the making, or undefined if it is not the name of one. */
export function parsePartName(name: string): Part | undefined {
  const [, id = '', digits = '', orderId = ''] =
    /^\.([^./]+)\.(0|[1-9]\d*)\.([^./]+)\.part$/.exec(name) ?? [];
  const bytes = Number(digits);
  const valid =
    KINDS.some((kind) => isId(kind, id)) && isId('ord', orderId) && Number.isSafeInteger(bytes);
  return valid ? { id, bytes, orderId } : undefined;
}
