import { Command } from 'commander';
import { expect, it } from 'vitest';
import { addListing, type ListingOptions, pagesOf } from './listing.js';

const parsed = (...args: string[]) =>
  addListing(new Command()).parse(args, { from: 'user' }).opts<ListingOptions>();

/** Asks a service that has ten items and puts so many on a page; what was asked, and what came. */
async function listed(options: ListingOptions, page = 4) {
  const asked: object[] = [];
  const items: number[] = [];
  const pages = pagesOf(options, async ({ filterSet, maxResults, nextToken }) => {
    asked.push({ filterSet, maxResults, nextToken });
    const begin = Number(nextToken ?? 0);
    const end = Math.min(begin + Math.min(page, maxResults ?? page), 10);
    return {
      items: Array.from({ length: end - begin }, (_, at) => begin + at),
      nextToken: end < 10 ? String(end) : undefined,
    };
  });
  for await (const some of pages) items.push(...some);
  return { asked, items };
}

it('asks until there are no more pages', async () => {
  const { asked, items } = await listed(parsed());
  expect(items).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  expect(asked).toEqual([{}, { nextToken: '4' }, { nextToken: '8' }]);
});

it('asks for no more than it is to show', async () => {
  const { asked, items } = await listed(parsed('--max-items', '5'));
  expect(items).toEqual([0, 1, 2, 3, 4]);
  expect(asked).toEqual([{ maxResults: 5 }, { maxResults: 1, nextToken: '4' }]);
  expect(await listed(parsed('--max-items', '0'))).toEqual({ asked: [], items: [] });
});

it('gathers the values of a filter', async () => {
  const options = parsed('--filter', 'a=1', '--filter', 'b=x=y', '--filter', 'a=');
  const { asked } = await listed(options, 10);
  const a = { name: 'a', valueSet: { item: [{ value: '1' }, { value: '' }] } };
  const b = { name: 'b', valueSet: { item: [{ value: 'x=y' }] } };
  expect(asked).toEqual([{ filterSet: { item: [a, b] } }]);
});
