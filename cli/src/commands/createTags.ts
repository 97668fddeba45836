import { Command } from 'commander';
import { UsageError } from '../commandError.js';
import type { Io } from '../io.js';
import { TAGGED } from '../output/tags.js';
import { Session } from '../session.js';
import { addTags, type TagOptions, tagSetOf } from './tagOptions.js';

export function createTags(io: Io): Command {
  const command = new Command('create-tags')
    .description('give volumes and snapshots tags, or other values for them')
    .argument('<resources...>', 'ids of volumes and snapshots');
  return addTags(command).action(async (ids: readonly string[], options: TagOptions) => {
    const session = Session.of(io, command);
    const tagSet = tagSetOf(options);
    if (!tagSet) throw new UsageError('Give a --name or a --tag.');
    const { CreateTags } = await session.connect();
    const item = ids.map((resourceId) => ({ resourceId }));
    await CreateTags({ resourcesSet: { item }, tagSet });
    await session.showPages(TAGGED, [ids]);
  });
}
