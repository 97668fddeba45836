import type { vbslustre } from '@vbs-lustre/wsdl';
import { Command, Option } from 'commander';
import type { Io } from '../io.js';
import { ATTACHMENTS } from '../output/attachments.js';
import { Session } from '../session.js';
import { clientTokenOption, dryRunOption } from './options.js';
import { vmmOf } from './vmm.js';

interface Options {
  instance: string;
  device: string;
  mode: vbslustre.AttachMode;
  clientToken?: string;
  dryRun?: true;
}

export function attachVolume(io: Io): Command {
  const command = new Command('attach-volume')
    .description('make a volume a disk of a running virtual machine')
    .argument('<volume>', 'its id')
    .requiredOption('--instance <machine>', 'its name, UUID or Xen domain id')
    .option('--vmm <host>', 'the host it runs on (VBS_VMM)')
    .requiredOption('--device <device>', 'xvdb to xvdz')
    .addOption(
      new Option('--mode <mode>', 'r: many may share it; w: one, alone')
        .choices(['r', 'w'])
        .makeOptionMandatory(),
    )
    .addOption(clientTokenOption())
    .addOption(dryRunOption());
  return command.action(async (volumeId: string, options: Options) => {
    const session = Session.of(io, command);
    const vmm = vmmOf(session.settings, '--vmm');
    const { AttachVolume } = await session.connect();
    const { instance: instanceId, device, mode: attachMode, clientToken, dryRun } = options;
    const request = { volumeId, instanceId, vmm, device, attachMode, clientToken, dryRun };
    session.show(ATTACHMENTS, await AttachVolume(request));
  });
}
