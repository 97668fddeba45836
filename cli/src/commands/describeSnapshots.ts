import { Command } from 'commander';
import type { Io } from '../io.js';
import { addListing, type ListingOptions } from '../listing.js';
import { SNAPSHOTS } from '../output/snapshots.js';
import { snapshotPages } from '../pages.js';
import { Session } from '../session.js';

export function describeSnapshots(io: Io): Command {
  const command = new Command('describe-snapshots')
    .description('show these snapshots, or all of yours')
    .argument('[snapshots...]', 'their ids');
  return addListing(command).action(async (ids: readonly string[], options: ListingOptions) => {
    const session = Session.of(io, command);
    await session.showPages(SNAPSHOTS, snapshotPages(await session.connect(), ids, options));
  });
}
