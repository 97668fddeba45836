import { ServiceFault } from '@vbs-lustre/shared/faults';
import type { vbslustre } from '@vbs-lustre/wsdl';
import type { Filters, PageQuery, Position } from '../metadata/pages.js';
import { checkFilters } from './checkFilters.js';
import { placeIn, tokenAfter } from './nextToken.js';

/** Of an answer. The parts are its volumes or snapshots, and what belongs to them. */
export const MAX_RESULTS = 1000;
const MAX_PARTS = 2000;
const MAX_IDS = 1000;

/** What an operation that lists is asked, beside the ids. */
type Listing = Pick<vbslustre.DescribeVolumes, 'filterSet' | 'maxResults' | 'nextToken'>;

/** A page that is asked for. */
export interface Page {
  query: PageQuery;
  /** What every page of it has in common: a nextToken is good for nothing else. */
  question: object;
}

/**
 * @param others parameters that every page is asked with
 * @throws {ServiceFault} naming the parameter
 */
export function askedPage(
  operation: string,
  { filterSet, maxResults = MAX_RESULTS, nextToken }: Listing,
  ids: readonly string[],
  owner: string,
  filterNames: readonly string[],
  others: object = {},
): Page {
  checkMaxResults(maxResults);
  checkIds(ids);
  const filters: Filters = checkFilters(filterSet, filterNames);
  const question = { operation, owner, ids, filters: [...filters], ...others };
  const after = nextToken === undefined ? undefined : placeIn(nextToken, question);
  // One more shows whether there is a next page.
  return { query: { owner, ids, filters, after, limit: maxResults + 1 }, question };
}

/**
 * What of the rows is on the page: not more than it may hold, and at least one.
 * @param partsOf how many parts of the answer it is
 */
export function cutPage<Row>(
  { query, question }: Page,
  rows: readonly Row[],
  placeOf: (row: Row) => { id: string; createTime: Date },
  partsOf: (row: Row) => number,
): { shown: Row[]; nextToken: string | undefined } {
  const shown: Row[] = [];
  let parts = 0;
  for (const row of rows.slice(0, query.limit - 1)) {
    parts += partsOf(row);
    if (parts > MAX_PARTS && shown.length > 0) break;
    shown.push(row);
  }
  const last = shown.at(-1);
  if (last === undefined || shown.length === rows.length) return { shown, nextToken: undefined };
  const { id, createTime } = placeOf(last);
  const position: Position = { id, createTime: createTime.toISOString() };
  return { shown, nextToken: tokenAfter(position, question) };
}

/** @throws {ServiceFault} `InvalidParameterValue` */
export function checkMaxResults(maxResults: number): void {
  if (maxResults >= 1 && maxResults <= MAX_RESULTS) return;
  throw new ServiceFault(
    'InvalidParameterValue',
    `The parameter maxResults must be 1 to ${MAX_RESULTS}.`,
  );
}

function checkIds(ids: readonly string[]): void {
  if (ids.length <= MAX_IDS) return;
  throw new ServiceFault(
    'InvalidParameterValue',
    `At most ${MAX_IDS} can be named in a request; ask for them in several.`,
  );
}
