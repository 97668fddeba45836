import type { Knex } from 'knex';
import type { Filters } from './pages.js';

type Columns = Readonly<Record<string, string>>;

const OF_VOLUME: Columns = { 'volume-id': 'id', 'snapshot-id': 'snapshot_id' };
const OF_ATTACHMENT: Columns = {
  'attachment.instance-id': 'instance_id',
  'attachment.vmm': 'vmm',
  'attachment.device': 'device',
  'attachment.status': 'status',
};
const OF_SNAPSHOT: Columns = {
  status: 'status',
  'snapshot-id': 'id',
  'volume-id': 'volume_id',
};

export const VOLUME_FILTERS = ['status', ...Object.keys(OF_VOLUME), ...Object.keys(OF_ATTACHMENT)];
export const SNAPSHOT_FILTERS = Object.keys(OF_SNAPSHOT);

const IN_USE = 'readers + writers > 0';

/** Leaves the volumes that pass. One attachment must pass all filters that are of attachments. */
export function filterVolumes(volumes: Knex.QueryBuilder, filters: Filters): void {
  filterColumns(volumes, OF_VOLUME, filters);
  const statuses = filters.get('status');
  if (statuses) volumes.where((either) => someStatus(either, statuses));
  if (!Object.keys(OF_ATTACHMENT).some((name) => filters.has(name))) return;
  volumes.whereExists((attachments) => {
    attachments.from('attachments').whereRaw('attachments.volume_id = volumes.id');
    filterColumns(attachments, OF_ATTACHMENT, filters);
  });
}

/** Leaves the snapshots that pass. */
export function filterSnapshots(snapshots: Knex.QueryBuilder, filters: Filters): void {
  filterColumns(snapshots, OF_SNAPSHOT, filters);
}

function filterColumns(rows: Knex.QueryBuilder, columns: Columns, filters: Filters): void {
  for (const [name, column] of Object.entries(columns)) {
    const values = filters.get(name);
    if (values) rows.whereIn(column, values);
  }
}

/** What describe shows: a volume that is available and attached is `in-use`. */
function someStatus(volumes: Knex.QueryBuilder, statuses: readonly string[]): void {
  const others = statuses.filter((status) => status !== 'available' && status !== 'in-use');
  volumes.whereIn('status', others);
  const available = { status: 'available' };
  if (statuses.includes('available')) {
    volumes.orWhere((free) => free.where(available).whereRaw(`not (${IN_USE})`));
  }
  if (statuses.includes('in-use')) {
    volumes.orWhere((taken) => taken.where(available).whereRaw(IN_USE));
  }
}
