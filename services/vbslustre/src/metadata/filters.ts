import type { Knex } from 'knex';
import type { FileTable } from './files.js';
import type { Filters } from './pages.js';
import { TAGS_OF } from './tags.js';

type Columns = Readonly<Record<string, string>>;

const OF_VOLUME: Columns = {
  'volume-id': 'id',
  'snapshot-id': 'snapshot_id',
  'modification-state': 'modification_state',
  'volume-type': 'volume_type',
};
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

const TAG_KEY = 'tag-key';
/** Begins the name of a filter that ends with the key of a tag. */
export const TAG = 'tag:';

export const VOLUME_FILTERS = [
  ...['status', ...Object.keys(OF_VOLUME), ...Object.keys(OF_ATTACHMENT)],
  TAG_KEY,
];
export const SNAPSHOT_FILTERS = [...Object.keys(OF_SNAPSHOT), TAG_KEY];

const IN_USE = 'readers + writers > 0';

/** Leaves the volumes that pass. One attachment must pass all filters that are of attachments. */
export function filterVolumes(volumes: Knex.QueryBuilder, filters: Filters): void {
  filterColumns(volumes, OF_VOLUME, filters);
  filterTags(volumes, 'volumes', filters);
  const statuses = filters.get('status');
  if (statuses) volumes.where((either) => someStatus(either, statuses));
  if (!Object.keys(OF_ATTACHMENT).some((name) => filters.has(name))) return;
  volumes.whereExists((attachments) => {
    attachments.from('attachments').whereRaw('attachments.volume_id = volumes.id');
    filterColumns(attachments, OF_ATTACHMENT, filters);
  });
}

/** Leaves the snapshots that pass. Tags are for their owner: nobody else finds a snapshot by them. */
export function filterSnapshots(
  snapshots: Knex.QueryBuilder,
  filters: Filters,
  owner: string,
): void {
  filterColumns(snapshots, OF_SNAPSHOT, filters);
  filterTags(snapshots, 'snapshots', filters);
  if ([...filters.keys()].some(isOfTags)) snapshots.where({ owner });
}

function filterColumns(rows: Knex.QueryBuilder, columns: Columns, filters: Filters): void {
  for (const [name, column] of Object.entries(columns)) {
    const values = filters.get(name);
    if (values) rows.whereIn(column, values);
  }
}

function filterTags(rows: Knex.QueryBuilder, table: FileTable, filters: Filters): void {
  for (const [name, values] of filters) {
    if (!isOfTags(name)) continue;
    rows.whereExists((tags) => {
      tags.from(TAGS_OF[table]).whereRaw(`resource_id = ${table}.id`);
      if (name === TAG_KEY) tags.whereIn('key', values);
      else tags.where({ key: name.slice(TAG.length) }).whereIn('value', values);
    });
  }
}

function isOfTags(name: string): boolean {
  return name === TAG_KEY || name.startsWith(TAG);
}

/** What describe shows: a volume that is available and attached is `in-use`, also while it is modified. */
function someStatus(volumes: Knex.QueryBuilder, statuses: readonly string[]): void {
  const others = statuses.filter((status) => status !== 'available' && status !== 'in-use');
  volumes.whereIn('status', others);
  const usable = ['available', 'modifying'];
  if (statuses.includes('available')) {
    volumes.orWhere((free) => free.whereIn('status', usable).whereRaw(`not (${IN_USE})`));
  }
  if (statuses.includes('in-use')) {
    volumes.orWhere((taken) => taken.whereIn('status', usable).whereRaw(IN_USE));
  }
}
