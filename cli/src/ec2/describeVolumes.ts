import type { Command } from 'commander';
import type { Io } from '../io.js';
import { attachmentLine, volumeLine } from './lines.js';
import { ec2Command, ec2Session } from './session.js';

export function ec2DescribeVolumes(io: Io): Command {
  const command = ec2Command('ec2-describe-volumes')
    .description('show these volumes, or all of yours')
    .argument('[volumes...]', 'their ids');
  return command.action(async (ids: readonly string[]) => {
    const session = ec2Session(io, command);
    const { DescribeVolumes } = await session.connect();
    const item = ids.map((volumeId) => ({ volumeId }));
    const { volumeSet } = await DescribeVolumes(item.length > 0 ? { volumeSet: { item } } : {});
    for (const volume of volumeSet.item) {
      session.print(volumeLine(volume, session.settings.vmm ?? ''));
      for (const attachment of volume.attachmentSet.item) session.print(attachmentLine(attachment));
    }
  });
}
