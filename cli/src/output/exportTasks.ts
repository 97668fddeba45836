import type { vbslustre } from '@vbs-lustre/wsdl';
import { colourStatus } from './colour.js';
import type { Kind } from './kind.js';
import { progressFields, progressJson } from './progress.js';
import { size, time } from './units.js';

/** With its state by the name that others have, so that it is waited for as they are. */
export type ShownTask = vbslustre.ExportTask & { status: string };

export function shownTask(task: vbslustre.ExportTask): ShownTask {
  return { ...task, status: task.state };
}

const sourceOf = ({ volumeId, snapshotId }: ShownTask): string => volumeId ?? snapshotId ?? '';

export const EXPORT_TASKS: Kind<ShownTask> = {
  plural: 'export tasks',
  columns: [
    { heading: 'TASK', value: ({ exportTaskId }) => exportTaskId },
    { heading: 'SOURCE', value: sourceOf },
    { heading: 'SIZE', value: ({ sizeBytes }) => size(sizeBytes), alignsRight: true },
    { heading: 'STATE', value: ({ state }) => state, colour: colourStatus },
    {
      heading: 'PROGRESS',
      value: ({ state, progress }) => (state === 'active' ? (progress ?? '') : ''),
      alignsRight: true,
      isOptional: true,
    },
    { heading: 'CREATED', value: ({ createTime }) => time(createTime) },
    { heading: 'FOLDER', value: ({ exchangeFolder }) => exchangeFolder },
    { heading: 'FILE', value: ({ fileName }) => fileName },
    { heading: 'REASON', value: ({ statusMessage }) => statusMessage ?? '', isOptional: true },
  ],
  fields: (task) => [
    ...[task.exportTaskId, task.state, sourceOf(task), String(task.sizeBytes)],
    ...[task.createTime.toISOString(), task.exchangeFolder, task.fileName],
    task.statusMessage ?? '',
    ...progressFields(task),
  ],
  json: (task) => ({
    ...{ exportTaskId: task.exportTaskId, state: task.state },
    statusMessage: task.statusMessage ?? null,
    volumeId: task.volumeId ?? null,
    snapshotId: task.snapshotId ?? null,
    ...{ exchangeFolder: task.exchangeFolder, fileName: task.fileName },
    ...{ sizeBytes: task.sizeBytes, createTime: task.createTime },
    ...progressJson(task),
  }),
};
