import { Command } from 'commander';
import { UsageError } from '../commandError.js';
import type { Io } from '../io.js';
import { TAGGED } from '../output/tags.js';
import { Session } from '../session.js';
import { dryRunOption } from './options.js';
import { addTags, type TagOptions, tagSetOf } from './tagOptions.js';

interface Options extends TagOptions {
  dryRun?: true;
}

export function createTags(io: Io): Command {
  const command = new Command('create-tags')
    .description('give volumes and snapshots tags, or other values for them')
    .argument('<resources...>', 'ids of volumes and snapshots');
  addTags(command).addOption(dryRunOption());
  return command.action(async (ids: readonly string[], options: Options) => {
    const session = Session.of(io, command);
    const tagSet = tagSetOf(options);
    if (!tagSet) throw new UsageError('Give a --name or a --tag.');
    const { CreateTags } = await session.connect();
    const item = ids.map((resourceId) => ({ resourceId }));
    await CreateTags({ resourcesSet: { item }, tagSet, dryRun: options.dryRun });
    await session.showPages(TAGGED, [ids]);
  });
}
