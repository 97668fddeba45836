import type { Command } from 'commander';
import { wholeNumber } from '../commands/options.js';
import type { Io } from '../io.js';
import { modificationLine } from './lines.js';
import { ec2Command, ec2Session } from './session.js';

export function ec2ModifyVolume(io: Io): Command {
  const command = ec2Command('ec2-modify-volume')
    .description('make a volume larger')
    .argument('<volume>', 'its id')
    .requiredOption('-s, --size <GiB>', 'its new size in GiB', wholeNumber);
  return command.action(async (volumeId: string, { size }: { size: number }) => {
    const session = ec2Session(io, command);
    const { ModifyVolume } = await session.connect();
    session.print(modificationLine(await ModifyVolume({ volumeId, size })));
  });
}
