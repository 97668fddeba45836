import { Command } from 'commander';
import type { Io } from '../io.js';
import { Session } from '../session.js';
import { showFastRestore } from './describeFastSnapshotRestores.js';
import { clientTokenOption, dryRunOption, wholeNumber } from './options.js';

interface Options {
  count: number;
  clientToken?: string;
  dryRun?: true;
}

export function enableFastSnapshotRestores(io: Io): Command {
  const command = new Command('enable-fast-snapshot-restores')
    .description('keep volumes of a snapshot ready, which are there at once when they are created')
    .argument('<snapshot>', 'its id')
    .option('--count <number>', 'how many', wholeNumber, 1)
    .addOption(clientTokenOption())
    .addOption(dryRunOption());
  return command.action(async (snapshotId: string, options: Options) => {
    const session = Session.of(io, command);
    const service = await session.connect();
    await service.EnableFastSnapshotRestores({ snapshotId, ...options });
    await showFastRestore(session, service, snapshotId);
  });
}
