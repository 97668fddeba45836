import type { Command } from 'commander';
import type { Io } from '../io.js';
import { ALL } from '../sharing.js';
import { permissionLine } from './lines.js';
import { ec2Command, ec2Session } from './session.js';

export function ec2DescribeSnapshotAttribute(io: Io): Command {
  const command = ec2Command('ec2-describe-snapshot-attribute')
    .description('show whom a snapshot of yours is shared with')
    .argument('<snapshot>', 'its id')
    .option('-c, --create-volume-permission', 'the attribute that is meant: there is no other');
  return command.action(async (snapshotId: string) => {
    const session = ec2Session(io, command);
    const { DescribeSnapshotAttribute } = await session.connect();
    const { createVolumePermission } = await DescribeSnapshotAttribute({ snapshotId });
    for (const { userId } of createVolumePermission.item) {
      session.print(permissionLine([snapshotId], userId ?? ALL));
    }
  });
}
