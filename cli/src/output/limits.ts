import type { vbslustre } from '@vbs-lustre/wsdl';
import type { Kind } from './kind.js';

export const LIMITS: Kind<vbslustre.Limit> = {
  plural: 'limits',
  columns: [
    { heading: 'LIMIT', value: ({ name }) => name },
    { heading: 'USED', value: ({ used }) => String(used), alignsRight: true },
    { heading: 'ALLOWED', value: ({ limit }) => String(limit ?? 'any'), alignsRight: true },
  ],
  fields: ({ name, used, limit }) => [name, String(used), String(limit ?? '')],
  json: ({ name, used, limit }) => ({ name, used, limit: limit ?? null }),
};
