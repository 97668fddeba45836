import { isId } from './ids.js';

const KINDS = ['vol', 'snap', 'export'] as const;

/** A file in the making. */
export interface Part {
  /** Of the volume, the snapshot or the export. */
  id: string;
  /** What the file will hold when it is complete. */
  bytes: number;
  orderId: string;
  /** Of a second name, under which other delegates help with it: made anew at each try, so who comes too late finds no file. */
  attempt?: string;
}

/**
 * The name that a file has while it is being made. It tells what it will take, so that every delegate that
 * sees the directory can count it.
 *
 * @throws {RangeError} if the part is none: an id of another form, or bytes that are no whole number.
 */
export function partName({ id, bytes, orderId, attempt }: Part): string {
  const suffix = attempt === undefined ? '' : `.${attempt}`;
  const name = `.${id}.${bytes}.${orderId}${suffix}.part`;
  if (!parsePartName(name)) throw new RangeError('this is no id, size and order of a file');
  return name;
}

/** What a file name says of a file in the making, or undefined if it is not the name of one. */
export function parsePartName(name: string): Part | undefined {
  const [, id = '', digits = '', orderId = '', attempt] =
    /^\.([^./]+)\.(0|[1-9]\d*)\.([^./]+)(?:\.([0-9a-f]{16}))?\.part$/.exec(name) ?? [];
  const bytes = Number(digits);
  const valid =
    KINDS.some((kind) => isId(kind, id)) && isId('ord', orderId) && Number.isSafeInteger(bytes);
  return valid ? { id, bytes, orderId, ...(attempt !== undefined && { attempt }) } : undefined;
}
