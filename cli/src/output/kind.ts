import { printable } from './printable.js';
import { type Column, table } from './table.js';

export const FORMATS = ['table', 'json', 'tsv'] as const;
export type Format = (typeof FORMATS)[number];

/** How one kind of thing is shown, in every format. */
export interface Kind<T> {
  /** What a list of them is called. */
  plural: string;
  columns: readonly Column<T>[];
  /** The fields of a line in TSV: their order is never changed, new ones come last. */
  fields(item: T): readonly string[];
  /** In JSON; absent values are null, so that every name is always there. */
  json(item: T): object;
}

/** One thing: in JSON the object itself. */
export function showOne<T>(kind: Kind<T>, item: T, format: Format, isColoured = false): string {
  if (format === 'json') return toJson(kind.json(item));
  return showLines(kind, [item], format, isColoured);
}

/** Any number of things. */
export function showList<T>(
  kind: Kind<T>,
  items: readonly T[],
  format: Exclude<Format, 'json'>,
  isColoured = false,
): string {
  if (format === 'table' && items.length === 0) return `There are no ${kind.plural}.\n`;
  return showLines(kind, items, format, isColoured);
}

export function toJson(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

/** A line of TSV. */
export function toTsv(fields: readonly string[]): string {
  return `${fields.map(printable).join('\t')}\n`;
}

function showLines<T>(
  kind: Kind<T>,
  items: readonly T[],
  format: 'table' | 'tsv',
  isColoured: boolean,
): string {
  if (format === 'table') return table(kind.columns, items, isColoured);
  return items.map((item) => toTsv(kind.fields(item))).join('');
}
