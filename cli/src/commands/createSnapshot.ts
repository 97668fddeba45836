import { Command } from 'commander';
import type { Io } from '../io.js';
import { SNAPSHOTS } from '../output/snapshots.js';
import { Session } from '../session.js';
import { addWait, clientTokenOption, type WaitOptions } from './options.js';
import { showMade } from './showMade.js';

interface Options extends WaitOptions {
  description?: string;
  clientToken?: string;
}

export function createSnapshot(io: Io): Command {
  const command = new Command('create-snapshot')
    .description('make a snapshot of a volume')
    .argument('<volume>', 'its id')
    .option('--description <text>', 'what to remember it by')
    .addOption(clientTokenOption());
  return addWait(command).action(async (volumeId: string, options: Options) => {
    const session = Session.of(io, command);
    const { CreateSnapshot, DescribeSnapshot } = await session.connect();
    const { description, clientToken } = options;
    const begun = await CreateSnapshot({ volumeId, description, clientToken });
    const { snapshotId } = begun;
    await showMade(session, SNAPSHOTS, options, {
      ...{ id: snapshotId, begun },
      look: () => DescribeSnapshot({ snapshotId }),
    });
  });
}
