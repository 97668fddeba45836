import { Command } from 'commander';
import type { Io } from '../io.js';
import { Session } from '../session.js';
import { showFastRestore } from './describeFastSnapshotRestores.js';
import { clientTokenOption, dryRunOption } from './options.js';

interface Options {
  clientToken?: string;
  dryRun?: true;
}

export function disableFastSnapshotRestores(io: Io): Command {
  const command = new Command('disable-fast-snapshot-restores')
    .description('keep no volumes of a snapshot ready any more; those that were created stay')
    .argument('<snapshot>', 'its id')
    .addOption(clientTokenOption())
    .addOption(dryRunOption());
  return command.action(async (snapshotId: string, options: Options) => {
    const session = Session.of(io, command);
    const service = await session.connect();
    await service.DisableFastSnapshotRestores({ snapshotId, ...options });
    await showFastRestore(session, service, snapshotId);
  });
}
