import type { vbslustre } from '@vbs-lustre/wsdl';
import { Command } from 'commander';
import { UsageError } from '../commandError.js';
import type { Io } from '../io.js';
import { TAGGED } from '../output/tags.js';
import { Session } from '../session.js';
import { dryRunOption } from './options.js';
import { toTag } from './tagOptions.js';

interface Options {
  tag?: readonly vbslustre.Tag[];
  all?: true;
  dryRun?: true;
}

export function deleteTags(io: Io): Command {
  const command = new Command('delete-tags')
    .description('take tags from volumes and snapshots')
    .argument('<resources...>', 'ids of volumes and snapshots')
    .option('--tag <key>', 'may be repeated; key=value: only if it has this value', toTag)
    .option('--all', 'every tag')
    .addOption(dryRunOption());
  return command.action(async (ids: readonly string[], { tag, all, dryRun }: Options) => {
    const session = Session.of(io, command);
    if ((tag === undefined) === (all === undefined)) throw new UsageError('Give --tag or --all.');
    // On the wire an empty value is none: the tag would go whatever its value is.
    if (tag?.some(({ value }) => value === '')) {
      throw new UsageError('Give --tag a value after the =, or the key alone for any value.');
    }
    const { DeleteTags } = await session.connect();
    const item = ids.map((resourceId) => ({ resourceId }));
    await DeleteTags({ resourcesSet: { item }, tagSet: tag && { item: [...tag] }, dryRun });
    await session.showPages(TAGGED, [ids]);
  });
}
