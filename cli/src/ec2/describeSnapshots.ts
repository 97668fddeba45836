import { type Command, Option } from 'commander';
import type { Io } from '../io.js';
import { snapshotPages } from '../pages.js';
import { snapshotLine, tagLines } from './lines.js';
import { ownerOf } from './owner.js';
import { ec2Command, ec2Session } from './session.js';

export function ec2DescribeSnapshots(io: Io): Command {
  const command = ec2Command('ec2-describe-snapshots')
    .description('show these snapshots, or all of yours')
    .argument('[snapshots...]', 'their ids')
    .addOption(new Option('-o, --owner <owner>', "nobody else's are shown").choices(['self']));
  return command.action(async (ids: readonly string[]) => {
    const session = ec2Session(io, command);
    const client = await session.connect();
    const owner = await ownerOf(session.settings);
    for await (const snapshots of snapshotPages(client, ids)) {
      for (const snapshot of snapshots) {
        session.print(snapshotLine(snapshot, owner));
        session.print(tagLines('snapshot', snapshot.snapshotId, snapshot));
      }
    }
  });
}
