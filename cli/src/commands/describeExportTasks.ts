import { Command } from 'commander';
import type { Io } from '../io.js';
import { type ListingOptions, pagesOf } from '../listing.js';
import { EXPORT_TASKS, shownTask } from '../output/exportTasks.js';
import { Session } from '../session.js';
import { wholeNumber } from './options.js';

export function describeExportTasks(io: Io): Command {
  const command = new Command('describe-export-tasks')
    .description('show these export tasks, or all of yours that are active or of the last week')
    .argument('[tasks...]', 'their ids')
    .option('--max-items <number>', 'show so many at most', wholeNumber);
  return command.action(async (ids: readonly string[], options: ListingOptions) => {
    const session = Session.of(io, command);
    const { DescribeExportTasks } = await session.connect();
    const item = ids.map((exportTaskId) => ({ exportTaskId }));
    const named = item.length > 0 ? { item } : undefined;
    const pages = pagesOf(options, async ({ maxResults, nextToken }) => {
      const { exportTaskSet, nextToken: next } = await DescribeExportTasks({
        ...{ exportTaskSet: named, maxResults, nextToken },
      });
      return { items: exportTaskSet.item.map(shownTask), nextToken: next };
    });
    await session.showPages(EXPORT_TASKS, pages);
  });
}
