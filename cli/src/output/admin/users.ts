import type { vbslustreAdmin } from '@vbs-lustre/wsdl';
import type { Kind } from '../kind.js';
import { time } from '../units.js';

export const USERS: Kind<vbslustreAdmin.User> = {
  plural: 'users',
  columns: [
    { heading: 'USER', value: ({ userId }) => userId },
    { heading: 'VOLUMES', value: ({ volumes }) => String(volumes), alignsRight: true },
    { heading: 'SNAPSHOTS', value: ({ snapshots }) => String(snapshots), alignsRight: true },
    { heading: 'GIB', value: ({ gib }) => String(gib), alignsRight: true },
    { heading: 'ATTACHMENTS', value: ({ attachments }) => String(attachments), alignsRight: true },
    { heading: 'EXPORTS', value: ({ exports }) => String(exports), alignsRight: true },
    { heading: 'LAST SEEN', value: ({ lastSeenTime }) => (lastSeenTime ? time(lastSeenTime) : '') },
  ],
  fields: ({ userId, volumes, snapshots, gib, attachments, exports, lastSeenTime }) => [
    ...[userId, String(volumes), String(snapshots), String(gib), String(attachments)],
    String(exports),
    lastSeenTime?.toISOString() ?? '',
  ],
  json: ({ userId, volumes, snapshots, gib, attachments, exports, lastSeenTime }) => ({
    ...{ userId, volumes, snapshots, gib, attachments, exports },
    lastSeenTime: lastSeenTime ?? null,
  }),
};
