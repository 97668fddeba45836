import type { Command } from 'commander';
import type { Io } from '../io.js';
import { volumePages } from '../pages.js';
import { attachmentLine, tagLines, volumeLine } from './lines.js';
import { ec2Command, ec2Session } from './session.js';

export function ec2DescribeVolumes(io: Io): Command {
  const command = ec2Command('ec2-describe-volumes')
    .description('show these volumes, or all of yours')
    .argument('[volumes...]', 'their ids');
  return command.action(async (ids: readonly string[]) => {
    const session = ec2Session(io, command);
    for await (const volumes of volumePages(await session.connect(), ids)) {
      for (const volume of volumes) {
        session.print(volumeLine(volume, session.settings.vmm ?? ''));
        for (const each of volume.attachmentSet.item) session.print(attachmentLine(each));
        session.print(tagLines('volume', volume.volumeId, volume));
      }
    }
  });
}
