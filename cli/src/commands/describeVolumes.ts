import { Command } from 'commander';
import type { Io } from '../io.js';
import { addListing, type ListingOptions } from '../listing.js';
import { VOLUMES } from '../output/volumes.js';
import { volumePages } from '../pages.js';
import { Session } from '../session.js';

export function describeVolumes(io: Io): Command {
  const command = new Command('describe-volumes')
    .description('show these volumes, or all of yours')
    .argument('[volumes...]', 'their ids');
  return addListing(command).action(async (ids: readonly string[], options: ListingOptions) => {
    const session = Session.of(io, command);
    await session.showPages(VOLUMES, volumePages(await session.connect(), ids, options));
  });
}
