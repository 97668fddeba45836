import { exchangeFolderOf } from '@vbs-lustre/shared/exchange';
import type { vbslustre } from '@vbs-lustre/wsdl';
import type { ExportTask } from '../metadata/exports.js';
import { FAILURE } from '../metadata/states.js';
import { presentProgress } from './present.js';

/** In EC2's words. */
const STATES = { pending: 'active', available: 'completed', [FAILURE]: 'failed' } as const;

export function presentExport(task: ExportTask): vbslustre.ExportTask {
  const isSnapshot = task.sourceId.startsWith('snap-');
  return {
    exportTaskId: task.id,
    volumeId: isSnapshot ? undefined : task.sourceId,
    snapshotId: isSnapshot ? task.sourceId : undefined,
    fileName: task.fileName,
    exchangeFolder: exchangeFolderOf(task.owner),
    state: STATES[task.status],
    statusMessage: task.statusMessage,
    sizeBytes: task.sizeBytes,
    createTime: task.createTime,
    ...presentProgress(task),
  };
}
