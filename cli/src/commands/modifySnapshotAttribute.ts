import { Command } from 'commander';
import { UsageError } from '../commandError.js';
import type { Io } from '../io.js';
import { SHARING_CHANGES } from '../output/permissions.js';
import { Session } from '../session.js';
import { type Grantees, toGrantees } from '../sharing.js';
import { clientTokenOption, collect, dryRunOption } from './options.js';

interface Options {
  add?: readonly string[];
  remove?: readonly string[];
  clientToken?: string;
  dryRun?: true;
}

export function modifySnapshotAttribute(io: Io): Command {
  const command = new Command('modify-snapshot-attribute')
    .description('share a snapshot with users or with all, or no longer')
    .argument('<snapshot>', 'its id')
    .option('--add <user>', 'who may make volumes from it: user ids (whoami), or all', collect)
    .option('--remove <user>', 'who may no longer', collect)
    .addOption(clientTokenOption())
    .addOption(dryRunOption());
  return command.action(async (snapshotId: string, options: Options) => {
    const session = Session.of(io, command);
    const { add, remove, ...others } = options;
    const names = add ?? remove;
    if (!names || (add && remove)) throw new UsageError('Give --add or --remove.');
    const operationType = add ? 'add' : 'remove';
    const grantees: Grantees = toGrantees(names);
    const { ModifySnapshotAttribute } = await session.connect();
    await ModifySnapshotAttribute({ snapshotId, operationType, ...grantees, ...others });
    const changes = names.map((grantee) => ({ snapshotId, operationType, grantee }));
    await session.showPages(SHARING_CHANGES, [changes]);
  });
}
