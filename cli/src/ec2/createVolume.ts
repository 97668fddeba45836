import type { Command } from 'commander';
import { wholeNumber } from '../commands/options.js';
import type { Io } from '../io.js';
import { volumeLine } from './lines.js';
import { ec2Command, ec2Session } from './session.js';

interface Options {
  size?: number;
  snapshot?: string;
  type?: string;
}

export function ec2CreateVolume(io: Io): Command {
  const command = ec2Command('ec2-create-volume')
    .description('make a volume, empty or from a snapshot')
    .option('-s, --size <GiB>', 'its size in GiB', wholeNumber)
    .option('--snapshot <snapshot>', 'what to fill it with')
    .option('-t, --type <type>', 'one of those that the operator has defined')
    .option('-z, --availability-zone <zone>', 'only printed: every host sees every volume');
  return command.action(async ({ size, snapshot: snapshotId, type: volumeType }: Options) => {
    const session = ec2Session(io, command);
    const { CreateVolume } = await session.connect();
    const volume = await CreateVolume({ size, snapshotId, volumeType });
    session.print(volumeLine(volume, session.settings.vmm ?? ''));
  });
}
