import type { vbslustre } from '@vbs-lustre/wsdl';
import { type Command, Option } from 'commander';
import { vmmOf } from '../commands/vmm.js';
import type { Io } from '../io.js';
import { attachmentLine } from './lines.js';
import { ec2Command, ec2Session } from './session.js';

interface Options {
  instance: string;
  device: string;
  mode: vbslustre.AttachMode;
}

export function ec2AttachVolume(io: Io): Command {
  const command = ec2Command('ec2-attach-volume')
    .description('make a volume a disk of a running virtual machine')
    .argument('<volume>', 'its id')
    .requiredOption('-i, --instance <machine>', 'its name, UUID or Xen domain id')
    .requiredOption('-d, --device <device>', '/dev/xvdb to /dev/xvdz')
    .option('-z, --availability-zone <host>', 'the host it runs on (VBS_VMM)')
    .addOption(
      new Option('--mode <mode>', 'r: many may share it').choices(['r', 'w']).default('w'),
    );
  return command.action(async (volumeId: string, options: Options) => {
    const session = ec2Session(io, command);
    const vmm = vmmOf(session.settings, '-z');
    const { AttachVolume } = await session.connect();
    const { instance: instanceId, device, mode: attachMode } = options;
    session.print(
      attachmentLine(await AttachVolume({ volumeId, instanceId, vmm, device, attachMode })),
    );
  });
}
