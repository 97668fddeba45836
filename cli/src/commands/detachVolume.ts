import { Command } from 'commander';
import type { Io } from '../io.js';
import { ATTACHMENTS } from '../output/attachments.js';
import { printable } from '../output/printable.js';
import { Session } from '../session.js';
import { clientTokenOption, dryRunOption } from './options.js';

interface Options {
  instance?: string;
  vmm?: string;
  device?: string;
  force?: true;
  acceptRisk?: true;
  clientToken?: string;
  dryRun?: true;
}

export function detachVolume(io: Io): Command {
  const command = new Command('detach-volume')
    .description('take a volume away from a virtual machine')
    .argument('<volume>', 'its id')
    .option('--instance <machine>', 'which one, if it is attached more than once')
    .option('--vmm <host>', 'on which host')
    .option('--device <device>', 'as which device')
    .option('--force', 'also if the machine does not let go: what it has not written yet is lost')
    .option('--accept-risk', 'with --force: also if its host is gone, and may still write')
    .addOption(clientTokenOption())
    .addOption(dryRunOption());
  return command.action(async (volumeId: string, options: Options) => {
    const session = Session.of(io, command);
    const { DetachVolume } = await session.connect();
    // Not the usual host: without --vmm the volume is attached wherever it is.
    const { instance: instanceId, vmm, device, force, acceptRisk, clientToken, dryRun } = options;
    const request = { volumeId, instanceId, vmm, device, force, acceptRisk, clientToken, dryRun };
    const detached = await DetachVolume(request);
    session.show(ATTACHMENTS, detached);
    if (detached.warning === undefined) return;
    io.stderr.write(`vbs: Warning: ${printable(detached.warning)}\n`);
  });
}
