import { type Command, Option } from 'commander';
import { collect } from '../commands/options.js';
import type { Io } from '../io.js';
import { snapshotPages } from '../pages.js';
import { type ChoiceOptions, choiceOf } from '../sharing.js';
import { snapshotLine, tagLines } from './lines.js';
import { ownerOf } from './owner.js';
import { ec2Command, ec2Session } from './session.js';

type Options = ChoiceOptions & { all?: true };

export function ec2DescribeSnapshots(io: Io): Command {
  const command = ec2Command('ec2-describe-snapshots')
    .description('show these snapshots, all of yours, or those that you may use')
    .argument('[snapshots...]', 'their ids')
    .option('-a, --all', 'all that you may make volumes from: the same as -r self')
    .option('-o, --owner <owner>', 'of these owners: user ids, or self', collect)
    .addOption(
      new Option('-r, --restorable-by <user>', 'that they may make volumes from').choices([
        ...['self', 'all'],
      ]),
    );
  return command.action(async (ids: readonly string[], { all, ...options }: Options) => {
    const session = ec2Session(io, command);
    const client = await session.connect();
    const owner = await ownerOf(session.settings);
    const choice = choiceOf(all ? { restorableBy: 'self', ...options } : options);
    for await (const snapshots of snapshotPages(client, ids, {}, choice)) {
      for (const snapshot of snapshots) {
        session.print(snapshotLine(snapshot, owner));
        session.print(tagLines('snapshot', snapshot.snapshotId, snapshot));
      }
    }
  });
}
