import type { vbslustre } from '@vbs-lustre/wsdl';
import { colourStatus } from './colour.js';
import type { Kind } from './kind.js';
import { time } from './units.js';

/** Of which snapshots volumes are kept ready. */
export const FAST_RESTORES: Kind<vbslustre.FastSnapshotRestore> = {
  plural: 'fast snapshot restores',
  columns: [
    { heading: 'SNAPSHOT', value: ({ snapshotId }) => snapshotId },
    { heading: 'STATE', value: ({ state }) => state, colour: colourStatus },
    { heading: 'WANTED', value: ({ count }) => String(count), alignsRight: true },
    { heading: 'READY', value: ({ readyCount }) => String(readyCount), alignsRight: true },
    { heading: 'SINCE', value: ({ createTime }) => time(createTime) },
    {
      heading: 'REASON',
      value: ({ stateTransitionReason }) => stateTransitionReason ?? '',
      isOptional: true,
    },
  ],
  fields: ({ snapshotId, state, count, readyCount, createTime, stateTransitionReason }) => [
    ...[snapshotId, state, String(count), String(readyCount), createTime.toISOString()],
    stateTransitionReason ?? '',
  ],
  json: ({ snapshotId, state, count, readyCount, createTime, stateTransitionReason }) => ({
    ...{ snapshotId, state, count, readyCount, createTime },
    stateTransitionReason: stateTransitionReason ?? null,
  }),
};
