import { Command } from 'commander';
import type { Io } from '../../io.js';
import { type ListingOptions, pagesOf } from '../../listing.js';
import { USERS } from '../../output/admin/users.js';
import { Session } from '../../session.js';
import { wholeNumber } from '../options.js';

export function users(io: Io): Command {
  const command = new Command('users')
    .description('show who has what')
    .argument('[user]', 'subject name of one')
    .option('--max-items <number>', 'show so many at most', wholeNumber);
  return command.action(async (userId: string | undefined, options: ListingOptions) => {
    const session = Session.of(io, command);
    const { DescribeUsers } = await session.connectAsAdmin();
    const pages = pagesOf(options, async ({ maxResults, nextToken }) => {
      const page = await DescribeUsers({ userId, maxResults, nextToken });
      return { items: page.userSet.item, nextToken: page.nextToken };
    });
    await session.showPages(USERS, pages);
  });
}
