import { Command } from 'commander';
import type { Io } from '../io.js';
import { DELETED } from '../output/deleted.js';
import { Session } from '../session.js';
import { clientTokenOption } from './options.js';

export function deleteSnapshot(io: Io): Command {
  const command = new Command('delete-snapshot')
    .description('delete a snapshot; volumes made from it stay')
    .argument('<snapshot>', 'its id')
    .addOption(clientTokenOption());
  return command.action(async (snapshotId: string, { clientToken }: { clientToken?: string }) => {
    const session = Session.of(io, command);
    const { DeleteSnapshot } = await session.connect();
    await DeleteSnapshot({ snapshotId, clientToken });
    session.show(DELETED, { snapshotId });
  });
}
