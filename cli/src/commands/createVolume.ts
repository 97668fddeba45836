import { Command } from 'commander';
import type { Io } from '../io.js';
import { VOLUMES } from '../output/volumes.js';
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
  size?: number;
  sizeMib?: number;
  snapshot?: string;
  type?: string;
  readOnly?: true;
  clientToken?: string;
  dryRun?: true;
}

export function createVolume(io: Io): Command {
  const command = new Command('create-volume')
    .description('make a volume, empty or from a snapshot')
    .option('--size <GiB>', 'its size in GiB', wholeNumber)
    .option('--size-mib <MiB>', 'its size in MiB', wholeNumber)
    .option('--snapshot <snapshot>', 'what to fill it with')
    .option('--type <type>', 'one of those that the operator has defined')
    .option('--read-only', 'only ever read, and there at once: with --snapshot')
    .addOption(clientTokenOption())
    .addOption(dryRunOption());
  return addTags(addWait(command)).action(async (options: Options) => {
    const session = Session.of(io, command);
    const { CreateVolume, DescribeVolume } = await session.connect();
    const { size, sizeMib: sizeMiB, snapshot: snapshotId, clientToken, dryRun } = options;
    const { type: volumeType, readOnly } = options;
    const begun = await CreateVolume({
      ...{ size, sizeMiB, snapshotId, volumeType, readOnly, clientToken, dryRun },
      tagSet: tagSetOf(options),
    });
    const { volumeId } = begun;
    await showMade(session, VOLUMES, options, {
      ...{ id: volumeId, begun },
      look: () => DescribeVolume({ volumeId }),
    });
  });
}
