import { Command } from 'commander';
import type { Io } from '../../io.js';
import { type ListingOptions, pagesOf } from '../../listing.js';
import { ORPHANS } from '../../output/admin/orphans.js';
import { Session } from '../../session.js';
import { wholeNumber } from '../options.js';

export function orphans(io: Io): Command {
  const command = new Command('orphans')
    .description('show files, records and attachments that were without their counterpart')
    .option('--max-items <number>', 'show so many at most', wholeNumber);
  return command.action(async (options: ListingOptions) => {
    const session = Session.of(io, command);
    const { DescribeOrphans } = await session.connectAsAdmin();
    const pages = pagesOf(options, async ({ maxResults, nextToken }) => {
      const page = await DescribeOrphans({ maxResults, nextToken });
      return { items: page.orphanSet.item, nextToken: page.nextToken };
    });
    await session.showPages(ORPHANS, pages);
  });
}
