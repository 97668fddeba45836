import { Command } from 'commander';
import type { Io } from '../io.js';
import { PERMISSIONS } from '../output/permissions.js';
import { Session } from '../session.js';

export function describeSnapshotAttribute(io: Io): Command {
  const command = new Command('describe-snapshot-attribute')
    .description('show whom a snapshot of yours is shared with')
    .argument('<snapshot>', 'its id');
  return command.action(async (snapshotId: string) => {
    const session = Session.of(io, command);
    const { DescribeSnapshotAttribute } = await session.connect();
    const { createVolumePermission } = await DescribeSnapshotAttribute({ snapshotId });
    await session.showPages(PERMISSIONS, [createVolumePermission.item]);
  });
}
