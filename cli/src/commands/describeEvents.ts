import { Command } from 'commander';
import type { Io } from '../io.js';
import { type ListingOptions, pagesOf } from '../listing.js';
import { EVENTS } from '../output/events.js';
import { Session } from '../session.js';
import { wholeNumber } from './options.js';

export function describeEvents(io: Io): Command {
  const command = new Command('describe-events')
    .description('show why it is as it is: what was done to it on its own, the last first')
    .argument('<resource>', 'id of a volume, snapshot or export task')
    .option('--max-items <number>', 'show so many at most', wholeNumber);
  return command.action(async (resourceId: string, options: ListingOptions) => {
    const session = Session.of(io, command);
    const { DescribeEvents } = await session.connect();
    const pages = pagesOf(options, async ({ maxResults, nextToken }) => {
      const { eventSet, nextToken: next } = await DescribeEvents({
        ...{ resourceId, maxResults, nextToken },
      });
      return { items: eventSet.item, nextToken: next };
    });
    await session.showPages(EVENTS, pages);
  });
}
