import type { vbslustreAdmin } from '@vbs-lustre/wsdl';
import type { Kind } from '../kind.js';
import { time } from '../units.js';

export const ORPHANS: Kind<vbslustreAdmin.Orphan> = {
  plural: 'orphans',
  columns: [
    { heading: 'FOUND', value: (orphan) => time(orphan.time) },
    { heading: 'KIND', value: ({ kind }) => kind },
    { heading: 'ID', value: ({ id }) => id },
    { heading: 'REASON', value: ({ reason }) => reason },
    { heading: 'DONE', value: ({ done }) => done },
    { heading: 'PLACE', value: ({ place }) => place ?? '', isOptional: true },
  ],
  fields: (orphan) => [
    ...[orphan.time.toISOString(), orphan.kind, orphan.id, orphan.reason, orphan.done],
    orphan.place ?? '',
  ],
  json: (orphan) => ({
    ...{ time: orphan.time, kind: orphan.kind, id: orphan.id, reason: orphan.reason },
    ...{ done: orphan.done, place: orphan.place ?? null },
  }),
};
