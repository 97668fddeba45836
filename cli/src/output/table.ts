import { printable } from './printable.js';

/** A column of a table for people. */
export interface Column<T> {
  heading: string;
  value(item: T): string;
  /** Applied to the padded text, on a terminal. */
  colour?(text: string): string;
  alignsRight?: boolean;
  /** Left out if no item has a value. */
  isOptional?: boolean;
}

const GAP = '  ';

/** Aligned columns under headings. */
export function table<T>(
  columns: readonly Column<T>[],
  items: readonly T[],
  isColoured: boolean,
): string {
  const shown = columns
    .map((column) => ({ column, cells: items.map((item) => printable(column.value(item))) }))
    .filter(({ column, cells }) => !column.isOptional || cells.some((cell) => cell !== ''));
  const widths = shown.map(({ column, cells }) =>
    Math.max(...[column.heading, ...cells].map(widthOf)),
  );
  const line = (texts: readonly string[], paint: boolean): string =>
    texts
      .map((text, index) => {
        const column = shown[index]?.column as Column<T>;
        const isLast = index === shown.length - 1;
        const padded = pad(text, widths[index] as number, column.alignsRight === true, isLast);
        return paint && column.colour ? column.colour(padded) : padded;
      })
      .join(GAP);
  const lines = [
    line(
      shown.map(({ column }) => column.heading),
      false,
    ),
  ];
  for (const row of items.keys()) {
    lines.push(
      line(
        shown.map(({ cells }) => cells[row] as string),
        isColoured,
      ),
    );
  }
  return lines.map((each) => `${each.trimEnd()}\n`).join('');
}

function pad(text: string, width: number, alignsRight: boolean, isLast: boolean): string {
  const blanks = ' '.repeat(width - widthOf(text));
  if (alignsRight) return blanks + text;
  return isLast ? text : text + blanks;
}

function widthOf(text: string): number {
  return [...text].length;
}
