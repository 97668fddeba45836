import type { Command } from 'commander';
import { UsageError } from '../commandError.js';
import { collect } from '../commands/options.js';
import type { Io } from '../io.js';
import { toGrantees } from '../sharing.js';
import { permissionLine } from './lines.js';
import { ec2Command, ec2Session } from './session.js';

interface Options {
  add?: readonly string[];
  remove?: readonly string[];
}

export function ec2ModifySnapshotAttribute(io: Io): Command {
  const command = ec2Command('ec2-modify-snapshot-attribute')
    .description('share a snapshot with users or with all, or no longer')
    .argument('<snapshot>', 'its id')
    .option('-c, --create-volume-permission', 'the attribute that is meant: there is no other')
    .option('-a, --add <user>', 'who may make volumes from it: user ids, or all', collect)
    .option('-r, --remove <user>', 'who may no longer', collect);
  return command.action(async (snapshotId: string, { add, remove }: Options) => {
    const session = ec2Session(io, command);
    const names = add ?? remove;
    if (!names || (add && remove)) throw new UsageError('Give --add or --remove.');
    const { ModifySnapshotAttribute } = await session.connect();
    const operationType = add ? 'add' : 'remove';
    await ModifySnapshotAttribute({ snapshotId, operationType, ...toGrantees(names) });
    const word = operationType.toUpperCase();
    for (const name of names) session.print(permissionLine([snapshotId, word], name));
  });
}
