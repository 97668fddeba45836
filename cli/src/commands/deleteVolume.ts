import { Command } from 'commander';
import type { Io } from '../io.js';
import { DELETED } from '../output/deleted.js';
import { Session } from '../session.js';
import { clientTokenOption, dryRunOption } from './options.js';

interface Options {
  clientToken?: string;
  dryRun?: true;
}

export function deleteVolume(io: Io): Command {
  const command = new Command('delete-volume')
    .description('delete a volume, for ever')
    .argument('<volume>', 'its id')
    .addOption(clientTokenOption())
    .addOption(dryRunOption());
  return command.action(async (volumeId: string, options: Options) => {
    const session = Session.of(io, command);
    const { DeleteVolume } = await session.connect();
    await DeleteVolume({ volumeId, ...options });
    session.show(DELETED, { volumeId });
  });
}
