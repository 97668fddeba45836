import { Command } from 'commander';
import type { Io } from '../io.js';
import { VOLUMES } from '../output/volumes.js';
import { Session } from '../session.js';

export function describeVolumes(io: Io): Command {
  const command = new Command('describe-volumes')
    .description('show these volumes, or all of yours')
    .argument('[volumes...]', 'their ids');
  return command.action(async (ids: readonly string[]) => {
    const session = Session.of(io, command);
    const { DescribeVolumes } = await session.connect();
    const item = ids.map((volumeId) => ({ volumeId }));
    const { volumeSet } = await DescribeVolumes(item.length > 0 ? { volumeSet: { item } } : {});
    session.showAll(VOLUMES, volumeSet.item);
  });
}
