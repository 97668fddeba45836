import type { vbslustre } from '@vbs-lustre/wsdl';
import { type Command, InvalidArgumentError } from 'commander';
import { wholeNumber } from './commands/options.js';

/** What the service puts on a page at most. */
const PAGE = 1000;

export interface ListingOptions {
  filter?: readonly (readonly [name: string, value: string])[];
  maxItems?: number;
}

type Listing = Pick<vbslustre.DescribeVolumes, 'filterSet' | 'maxResults' | 'nextToken'>;

/** `--filter` and `--max-items`. */
export function addListing(command: Command): Command {
  return command
    .option('--filter <name=value>', 'only those; one value of each name must fit', toFilter)
    .option('--max-items <number>', 'show so many at most', wholeNumber);
}

/**
 * Asks for page after page, and gives what is on each as it comes.
 * @param ask for one page
 */
export async function* pagesOf<T>(
  { filter = [], maxItems = Number.POSITIVE_INFINITY }: ListingOptions,
  ask: (listing: Listing) => Promise<{ items: readonly T[]; nextToken?: string | undefined }>,
): AsyncGenerator<readonly T[]> {
  const filterSet = filterSetOf(filter);
  let nextToken: string | undefined;
  for (let left = maxItems; left > 0; ) {
    const maxResults = left < PAGE ? left : undefined;
    const page = await ask({ filterSet, maxResults, nextToken });
    yield page.items;
    left -= page.items.length;
    nextToken = page.nextToken;
    if (nextToken === undefined) return;
  }
}

/** @param value `name=value` @throws {InvalidArgumentError} */
export function toFilter(
  value: string,
  before: ListingOptions['filter'] = [],
): NonNullable<ListingOptions['filter']> {
  const at = value.indexOf('=');
  if (at < 1) throw new InvalidArgumentError('It must be a name, =, and a value.');
  return [...before, [value.slice(0, at), value.slice(at + 1)]];
}

function filterSetOf(filter: NonNullable<ListingOptions['filter']>): Listing['filterSet'] {
  if (filter.length === 0) return undefined;
  const names = [...new Set(filter.map(([name]) => name))];
  const item = names.map((name) => {
    const values = filter.filter(([other]) => other === name);
    return { name, valueSet: { item: values.map(([, value]) => ({ value })) } };
  });
  return { item };
}
