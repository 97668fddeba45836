import { Command, Option } from 'commander';
import type { Io } from '../io.js';
import { addListing, type ListingOptions } from '../listing.js';
import { ANYBODYS_SNAPSHOTS, SNAPSHOTS } from '../output/snapshots.js';
import { snapshotPages } from '../pages.js';
import { Session } from '../session.js';
import { type ChoiceOptions, choiceOf } from '../sharing.js';
import { collect } from './options.js';

type Options = ListingOptions & ChoiceOptions;

export function describeSnapshots(io: Io): Command {
  const command = new Command('describe-snapshots')
    .description('show these snapshots, all of yours, or those that you may use')
    .argument('[snapshots...]', 'their ids')
    .addOption(
      new Option(
        '--restorable-by <who>',
        'self: all that you may make volumes from; all: those that everybody may',
      ).choices(['self', 'all']),
    )
    .option('--owner <user>', 'of these owners: user ids, or self', collect);
  return addListing(command).action(async (ids: readonly string[], options: Options) => {
    const session = Session.of(io, command);
    const isOwn = !options.restorableBy && !options.owner && ids.length === 0;
    const pages = snapshotPages(await session.connect(), ids, options, choiceOf(options));
    await session.showPages(isOwn ? SNAPSHOTS : ANYBODYS_SNAPSHOTS, pages);
  });
}
