import type { VBSLustreClient } from '@vbs-lustre/client';
import { Command } from 'commander';
import type { Io } from '../io.js';
import { EXPORT_TASKS, type ShownTask, shownTask } from '../output/exportTasks.js';
import { Session } from '../session.js';
import { addWait, clientTokenOption, dryRunOption, type WaitOptions } from './options.js';
import { showMade } from './showMade.js';

interface Options extends WaitOptions {
  file: string;
  clientToken?: string;
  dryRun?: true;
}

export function exportVolume(io: Io): Command {
  const command = new Command('export-volume')
    .description(
      'write a volume or snapshot to a raw file in your folder of the site’s exchange directory (whoami --exchange-folder tells its name)',
    )
    .argument('<volume>', 'id of a volume or snapshot')
    .requiredOption('--file <name>', 'of the new file there, not a path of this machine')
    .addOption(clientTokenOption())
    .addOption(dryRunOption());
  return addWait(command, 'until the file is there, or that has failed').action(
    async (id: string, options: Options) => {
      const session = Session.of(io, command);
      const client = await session.connect();
      const { file: fileName, clientToken, dryRun } = options;
      const source = id.startsWith('snap-') ? { snapshotId: id } : { volumeId: id };
      const { exportTask } = await client.ExportVolume({
        ...source,
        fileName,
        clientToken,
        dryRun,
      });
      await showMade(session, EXPORT_TASKS, options, {
        ...{ id: exportTask.exportTaskId, begun: shownTask(exportTask) },
        look: () => lookAt(client, exportTask.exportTaskId),
      });
    },
  );
}

async function lookAt(
  { DescribeExportTasks }: VBSLustreClient,
  exportTaskId: string,
): Promise<ShownTask> {
  const { exportTaskSet } = await DescribeExportTasks({
    exportTaskSet: { item: [{ exportTaskId }] },
  });
  const [task] = exportTaskSet.item;
  if (!task) throw new Error(`the service shows nothing of ${exportTaskId}`);
  return shownTask(task);
}
