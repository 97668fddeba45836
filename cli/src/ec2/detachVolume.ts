import type { Command } from 'commander';
import type { Io } from '../io.js';
import { attachmentLine } from './lines.js';
import { ec2Command, ec2Session } from './session.js';

interface Options {
  instance?: string;
  device?: string;
  force?: true;
}

export function ec2DetachVolume(io: Io): Command {
  const command = ec2Command('ec2-detach-volume')
    .description('take a volume away from a virtual machine')
    .argument('<volume>', 'its id')
    .option('-i, --instance <machine>', 'which one, if it is attached more than once')
    .option('-d, --device <device>', 'as which device')
    .option('-f, --force', 'also if the machine does not let go: what it has not written is lost');
  return command.action(async (volumeId: string, options: Options) => {
    const session = ec2Session(io, command);
    const { DetachVolume } = await session.connect();
    const { instance: instanceId, device, force } = options;
    session.print(attachmentLine(await DetachVolume({ volumeId, instanceId, device, force })));
  });
}
