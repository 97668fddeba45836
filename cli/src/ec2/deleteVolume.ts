import type { Command } from 'commander';
import type { Io } from '../io.js';
import { toTsv } from '../output/kind.js';
import { ec2Command, ec2Session } from './session.js';

export function ec2DeleteVolume(io: Io): Command {
  const command = ec2Command('ec2-delete-volume')
    .description('delete a volume, for ever')
    .argument('<volume>', 'its id');
  return command.action(async (volumeId: string) => {
    const session = ec2Session(io, command);
    const { DeleteVolume } = await session.connect();
    await DeleteVolume({ volumeId });
    session.print(toTsv(['VOLUME', volumeId]));
  });
}
