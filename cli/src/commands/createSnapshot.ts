import { Command } from 'commander';
import type { Io } from '../io.js';
import { printable } from '../output/printable.js';
import { SNAPSHOTS } from '../output/snapshots.js';
import { Session } from '../session.js';
import {
  addWait,
  clientTokenOption,
  dryRunOption,
  type WaitOptions,
  wholeNumber,
} from './options.js';
import { showMade } from './showMade.js';
import { addTags, type TagOptions, tagSetOf } from './tagOptions.js';

interface Options extends WaitOptions, TagOptions {
  description?: string;
  force?: true;
  maxPause?: number;
  checksum?: true;
  clientToken?: string;
  dryRun?: true;
}

export function createSnapshot(io: Io): Command {
  const command = new Command('create-snapshot')
    .description('make a snapshot of a volume')
    .argument('<volume>', 'its id')
    .option('--description <text>', 'what to remember it by')
    .option('--force', 'also where what a machine writes cannot be copied: it is torn then')
    .option(
      '--max-pause <milliseconds>',
      'how long a machine that writes the volume may be paused, where it has to be',
      wholeNumber,
    )
    .option(
      '--checksum',
      'with a SHA-256 of its data, with which volumes made from it are compared',
    )
    .addOption(clientTokenOption())
    .addOption(dryRunOption());
  return addTags(addWait(command)).action(async (volumeId: string, options: Options) => {
    const session = Session.of(io, command);
    const { CreateSnapshot, DescribeSnapshot } = await session.connect();
    const { description, clientToken, dryRun, force, checksum, maxPause } = options;
    const told = { description, clientToken, tagSet: tagSetOf(options), dryRun, force, checksum };
    const request = { volumeId, ...told, maxPauseMilliseconds: maxPause };
    const begun = await CreateSnapshot(request);
    const { snapshotId } = begun;
    if (begun.consistency === 'torn') io.stderr.write(tornWarning(snapshotId));
    await showMade(session, SNAPSHOTS, options, {
      ...{ id: snapshotId, begun },
      look: () => DescribeSnapshot({ snapshotId }),
    });
  });
}

function tornWarning(snapshotId: string): string {
  return (
    `vbs: Warning: ${printable(snapshotId)} is torn: a machine can write to its volume while it is copied, so the file system ` +
    'and files in it may be damaged. For one that can be relied on, go without --force, or detach the volume first.\n'
  );
}
