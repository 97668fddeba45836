import { Command } from 'commander';
import type { Io } from '../io.js';
import { SNAPSHOTS } from '../output/snapshots.js';
import { Session } from '../session.js';
import { addWait, clientTokenOption, dryRunOption, type WaitOptions } from './options.js';
import { showMade } from './showMade.js';
import { addTags, type TagOptions, tagSetOf } from './tagOptions.js';

interface Options extends WaitOptions, TagOptions {
  description?: string;
  clientToken?: string;
  dryRun?: true;
}

export function createSnapshot(io: Io): Command {
  const command = new Command('create-snapshot')
    .description('make a snapshot of a volume')
    .argument('<volume>', 'its id')
    .option('--description <text>', 'what to remember it by')
    .addOption(clientTokenOption())
    .addOption(dryRunOption());
  return addTags(addWait(command)).action(async (volumeId: string, options: Options) => {
    const session = Session.of(io, command);
    const { CreateSnapshot, DescribeSnapshot } = await session.connect();
    const { description, clientToken, dryRun } = options;
    const tagSet = tagSetOf(options);
    const begun = await CreateSnapshot({ volumeId, description, clientToken, tagSet, dryRun });
    const { snapshotId } = begun;
    await showMade(session, SNAPSHOTS, options, {
      ...{ id: snapshotId, begun },
      look: () => DescribeSnapshot({ snapshotId }),
    });
  });
}
