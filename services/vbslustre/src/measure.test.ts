import { METRICS } from '@vbs-lustre/shared/monitor/catalogue';
import { Metrics } from '@vbs-lustre/shared/monitor/metrics';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { measure } from './measure.js';
import { askDatabase } from './metadata/counts.js';
import { recordEvent } from './metadata/events.js';
import { createVolume } from './operations/createVolume.js';
import { deleteVolume } from './operations/deleteVolume.js';
import { enableFastSnapshotRestores } from './operations/enableFastSnapshotRestores.js';
import { reconcileWarmClones } from './reconcile/warmClones.js';
import { log, openSite, type Site } from './testing/site.js';

let site: Site;
let metrics: Metrics;

beforeEach(async () => {
  site = await openSite();
  metrics = new Metrics(log);
  measure(site.frontEnd, () => true, metrics);
});
afterEach(() => site.close());

/** What a metric shows, zeroes left out: its value by its labels. */
async function shown({ name }: { name: string }): Promise<Record<string, number>> {
  const lines = (await metrics.text()).split('\n').filter((line) => /^[^#]/.test(line));
  const own = lines.map((line) => /^(\w+)(?:\{(.*)\})? (\S+)$/.exec(line) ?? []);
  return Object.fromEntries(
    own.flatMap(([, of, labels = '', value]) =>
      of === name && value !== '0' ? [[labels.replaceAll('"', ''), Number(value)]] : [],
    ),
  );
}

test('everything is counted by its state', async () => {
  const used = await site.volume();
  const shared = await site.volume();
  await site.volume();
  await site.snapshot(used);
  await site.attach(used);
  await site.attach(shared, { attachMode: 'r', device: 'xvdc' });
  await site.attach(shared, { attachMode: 'r', vmm: 'host2', device: 'xvdc' });
  await site.call(createVolume, { size: 1 });
  const failed = await site.call(createVolume, { size: 1 });
  await site.tell(failed.volumeId, 'failure : cmd error', 'no');
  await site.call(deleteVolume, { volumeId: await site.volume() });
  await site.announce('volume', 'b', { draining: true });
  await site.silence('host1');
  expect(await shown(METRICS.volumes)).toEqual({
    ...{ 'state=in-use': 2, 'state=available': 1, 'state=pending': 1 },
    ...{ 'state=failed': 1, 'state=deleting': 1 },
  });
  expect(await shown(METRICS.snapshots)).toEqual({ 'state=available': 1 });
  expect(await shown(METRICS.attachments)).toEqual({ 'state=attached': 3 });
  expect(await shown(METRICS.delegates)).toEqual({
    ...{ 'kind=volume,state=alive': 1, 'kind=volume,state=draining': 1 },
    ...{ 'kind=vmm,state=alive': 1, 'kind=vmm,state=silent': 1 },
  });
  expect(await shown(METRICS.leads)).toEqual({ '': 1 });
});

test('what there is none of is shown as 0', async () => {
  const text = await metrics.text();
  expect(text).toContain('vbslustre_volumes{state="failed"} 0\n');
  expect(text).toContain('vbslustre_events_total{action="file-lost"} 0\n');
});

test('events count when they are committed', async () => {
  const event = { instance: 'one', subjectId: 'vol-1', reason: 'why' };
  await recordEvent(site.database, { ...event, action: 'file-lost' });
  await site.database.transaction((transaction) =>
    recordEvent(transaction, { ...event, action: 'file-found' }),
  );
  const undone = site.database.transaction(async (transaction) => {
    await recordEvent(transaction, { ...event, action: 'given-up' });
    throw new Error('undone');
  });
  await expect(undone).rejects.toThrow('undone');
  expect(await shown(METRICS.events)).toEqual({ 'action=file-lost': 1, 'action=file-found': 1 });
});

test('without the database its numbers are left out, and the others are shown', async () => {
  await askDatabase(site.database);
  await site.database.schema.renameTable('leases', 'elsewhere');
  await site.database.schema.renameTable('delegates', 'far');
  try {
    await expect(askDatabase(site.database)).rejects.toThrow();
    const text = await metrics.text();
    expect(text).not.toContain('vbslustre_volumes{');
    expect(text).toContain('vbslustre_reconciler_leads 1\n');
  } finally {
    await site.database.schema.renameTable('elsewhere', 'leases');
    await site.database.schema.renameTable('far', 'delegates');
  }
});

test('volumes that are kept ready are counted apart from those of users', async () => {
  const snapshotId = await site.snapshot(await site.volume());
  await site.call(enableFastSnapshotRestores, { snapshotId, count: 1 });
  await reconcileWarmClones(site.frontEnd, log);
  expect(await shown(METRICS.volumes)).toEqual({ 'state=available': 1 });
  expect(await shown(METRICS.warmClones)).toEqual({ 'state=pending': 1 });
});
