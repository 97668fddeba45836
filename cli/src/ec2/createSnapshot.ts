import type { Command } from 'commander';
import type { Io } from '../io.js';
import { snapshotLine } from './lines.js';
import { ownerOf } from './owner.js';
import { ec2Command, ec2Session } from './session.js';

export function ec2CreateSnapshot(io: Io): Command {
  const command = ec2Command('ec2-create-snapshot')
    .description('make a snapshot of a volume')
    .argument('<volume>', 'its id')
    .option('-d, --description <text>', 'what to remember it by');
  return command.action(async (volumeId: string, { description }: { description?: string }) => {
    const session = ec2Session(io, command);
    const { CreateSnapshot } = await session.connect();
    const snapshot = await CreateSnapshot({ volumeId, description });
    session.print(snapshotLine(snapshot, await ownerOf(session.settings)));
  });
}
