import { type Format, type Kind, showList } from './kind.js';

export type Pages<T> = AsyncIterable<readonly T[]> | Iterable<readonly T[]>;

/**
 * A list that comes page by page, as text that can be printed at once: in JSON one object with all of it, in a table every
 * page under headings of its own. Nothing is printed before the first page is there.
 */
export async function* showPages<T>(
  kind: Kind<T>,
  pages: Pages<T>,
  format: Format,
  isColoured = false,
): AsyncGenerator<string> {
  if (format === 'json') return yield* jsonPages(kind, pages);
  let isEmpty = true;
  for await (const items of pages) {
    if (items.length === 0) continue;
    isEmpty = false;
    yield showList(kind, items, format, isColoured);
  }
  if (isEmpty) yield showList(kind, [], format);
}

async function* jsonPages<T>(kind: Kind<T>, pages: Pages<T>): AsyncGenerator<string> {
  const opening = `{\n  ${JSON.stringify(kind.plural)}: [`;
  let before = opening;
  for await (const items of pages) {
    if (items.length === 0) continue;
    const texts = items.map((item) => JSON.stringify(kind.json(item), null, 2));
    yield `${before}\n    ${texts.join(',\n').replaceAll('\n', '\n    ')}`;
    before = ',';
  }
  yield before === opening ? `${opening}]\n}\n` : '\n  ]\n}\n';
}
