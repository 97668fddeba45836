import { Command, Option } from 'commander';
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
  file: string;
  format?: string;
  size?: number;
  sizeMib?: number;
  clientToken?: string;
  dryRun?: true;
}

export function importVolume(io: Io): Command {
  const command = new Command('import-volume')
    .description(
      'make a volume from a raw file that is in your folder of the site’s exchange directory (whoami --exchange-folder tells its name)',
    )
    .requiredOption('--file <name>', 'its name there, not a path of this machine')
    .addOption(new Option('--format <format>', 'of the file').choices(['raw']))
    .option('--size <GiB>', 'of the volume, if it is to be larger than the file', wholeNumber)
    .option('--size-mib <MiB>', 'the same in MiB', wholeNumber)
    .addOption(clientTokenOption())
    .addOption(dryRunOption());
  return addTags(addWait(command)).action(async (options: Options) => {
    const session = Session.of(io, command);
    const { ImportVolume, DescribeVolume } = await session.connect();
    const { file: fileName, format, size, sizeMib: sizeMiB, clientToken, dryRun } = options;
    const tagSet = tagSetOf(options);
    const begun = await ImportVolume({
      ...{ fileName, format, size, sizeMiB, clientToken, tagSet, dryRun },
    });
    const { volumeId } = begun;
    await showMade(session, VOLUMES, options, {
      ...{ id: volumeId, begun },
      look: () => DescribeVolume({ volumeId }),
    });
  });
}
