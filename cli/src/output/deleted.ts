import type { Kind } from './kind.js';

/** What was deleted: a volume or a snapshot. */
type Deleted = { volumeId: string } | { snapshotId: string };

const idOf = (deleted: Deleted): string => Object.values(deleted)[0] ?? '';

export const DELETED: Kind<Deleted> = {
  plural: 'deleted',
  columns: [{ heading: 'DELETED', value: idOf }],
  fields: (deleted) => [idOf(deleted)],
  json: (deleted) => ({ ...deleted, deleted: true }),
};
