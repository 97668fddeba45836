import type { Command } from 'commander';
import type { Io } from '../io.js';
import { toTsv } from '../output/kind.js';
import { ec2Command, ec2Session } from './session.js';

export function ec2DeleteSnapshot(io: Io): Command {
  const command = ec2Command('ec2-delete-snapshot')
    .description('delete a snapshot; volumes made from it stay')
    .argument('<snapshot>', 'its id');
  return command.action(async (snapshotId: string) => {
    const session = ec2Session(io, command);
    const { DeleteSnapshot } = await session.connect();
    await DeleteSnapshot({ snapshotId });
    session.print(toTsv(['SNAPSHOT', snapshotId]));
  });
}
