import { Command } from 'commander';
import type { Io } from '../io.js';
import { SNAPSHOTS } from '../output/snapshots.js';
import { Session } from '../session.js';

export function describeSnapshots(io: Io): Command {
  const command = new Command('describe-snapshots')
    .description('show these snapshots, or all of yours')
    .argument('[snapshots...]', 'their ids');
  return command.action(async (ids: readonly string[]) => {
    const session = Session.of(io, command);
    const { DescribeSnapshots } = await session.connect();
    const item = ids.map((snapshotId) => ({ snapshotId }));
    const { snapshotSet } = await DescribeSnapshots(
      item.length > 0 ? { snapshotSet: { item } } : {},
    );
    session.showAll(SNAPSHOTS, snapshotSet.item);
  });
}
