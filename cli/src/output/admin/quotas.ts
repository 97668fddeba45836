import type { vbslustreAdmin } from '@vbs-lustre/wsdl';
import type { Kind } from '../kind.js';

export const QUOTAS: Kind<vbslustreAdmin.Quota> = {
  plural: 'quotas',
  columns: [
    { heading: 'QUOTA', value: ({ name }) => name },
    { heading: 'USED', value: ({ used }) => String(used), alignsRight: true },
    { heading: 'ALLOWED', value: ({ limit }) => String(limit ?? 'any'), alignsRight: true },
    { heading: 'FROM', value: ({ own }) => (own ? 'own' : 'settings') },
  ],
  fields: ({ name, used, limit, own }) => [
    ...[name, String(used), String(limit ?? ''), own ? 'own' : 'settings'],
  ],
  json: ({ name, used, limit, own }) => ({ name, used, limit: limit ?? null, own }),
};
