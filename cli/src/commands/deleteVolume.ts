import { Command } from 'commander';
import type { Io } from '../io.js';
import { DELETED } from '../output/deleted.js';
import { Session } from '../session.js';
import { clientTokenOption } from './options.js';

export function deleteVolume(io: Io): Command {
  const command = new Command('delete-volume')
    .description('delete a volume, for ever')
    .argument('<volume>', 'its id')
    .addOption(clientTokenOption());
  return command.action(async (volumeId: string, { clientToken }: { clientToken?: string }) => {
    const session = Session.of(io, command);
    const { DeleteVolume } = await session.connect();
    await DeleteVolume({ volumeId, clientToken });
    session.show(DELETED, { volumeId });
  });
}
