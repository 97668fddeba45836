import { Command } from 'commander';
import type { Io } from '../io.js';
import { SNAPSHOTS } from '../output/snapshots.js';
import { Session } from '../session.js';
import { addWait, dryRunOption, type WaitOptions } from './options.js';
import { showMade } from './showMade.js';

interface Options extends WaitOptions {
  dryRun?: true;
}

export function verifySnapshot(io: Io): Command {
  const command = new Command('verify-snapshot')
    .description(
      'read a snapshot that has a checksum, to see whether its data still is what it was',
    )
    .argument('<snapshot>', 'its id')
    .addOption(dryRunOption());
  return addWait(command, 'until it is read: an error, if it is damaged').action(
    async (snapshotId: string, options: Options) => {
      const session = Session.of(io, command);
      const { VerifySnapshot, DescribeSnapshot } = await session.connect();
      const begun = await VerifySnapshot({ snapshotId, dryRun: options.dryRun });
      await showMade(session, SNAPSHOTS, options, {
        ...{ id: snapshotId, begun },
        look: () => DescribeSnapshot({ snapshotId }),
      });
    },
  );
}
