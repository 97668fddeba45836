import { Command } from 'commander';
import type { Io } from '../io.js';
import { DELETED } from '../output/deleted.js';
import { Session } from '../session.js';
import { clientTokenOption, dryRunOption } from './options.js';

interface Options {
  clientToken?: string;
  dryRun?: true;
}

export function deleteSnapshot(io: Io): Command {
  const command = new Command('delete-snapshot')
    .description('delete a snapshot; volumes made from it stay')
    .argument('<snapshot>', 'its id')
    .addOption(clientTokenOption())
    .addOption(dryRunOption());
  return command.action(async (snapshotId: string, options: Options) => {
    const session = Session.of(io, command);
    const { DeleteSnapshot } = await session.connect();
    await DeleteSnapshot({ snapshotId, ...options });
    session.show(DELETED, { snapshotId });
  });
}
