import { Command } from 'commander';
import type { Io } from '../io.js';
import { VOLUMES } from '../output/volumes.js';
import { Session } from '../session.js';
import {
  addWait,
  clientTokenOption,
  dryRunOption,
  type WaitOptions,
  wholeNumber,
} from './options.js';
import { showMade } from './showMade.js';

interface Options extends WaitOptions {
  size?: number;
  sizeMib?: number;
  clientToken?: string;
  dryRun?: true;
}

export function modifyVolume(io: Io): Command {
  const command = new Command('modify-volume')
    .description('make a volume larger')
    .argument('<volume>', 'its id')
    .option('--size <GiB>', 'its new size in GiB', wholeNumber)
    .option('--size-mib <MiB>', 'its new size in MiB', wholeNumber)
    .addOption(clientTokenOption())
    .addOption(dryRunOption());
  const waiting = addWait(command, 'until it has its new size, or has failed to get it');
  return waiting.action(async (volumeId: string, options: Options) => {
    const session = Session.of(io, command);
    const { ModifyVolume, DescribeVolume } = await session.connect();
    const { size, sizeMib: sizeMiB, clientToken, dryRun } = options;
    const begun = await ModifyVolume({ volumeId, size, sizeMiB, clientToken, dryRun });
    await showMade(session, VOLUMES, options, {
      ...{ id: volumeId, begun },
      look: () => DescribeVolume({ volumeId }),
    });
  });
}
