import { afterEach, beforeEach, expect, test } from 'vitest';
import { recordEvent } from '../metadata/events.js';
import { takeLease } from '../metadata/leases.js';
import { createVolume } from '../operations/createVolume.js';
import { verifySnapshot } from '../operations/verifySnapshot.js';
import { ADMIN, openSite, type Site } from '../testing/site.js';
import { describeHealth } from './describeHealth.js';
import { describeOrphans } from './describeOrphans.js';

let site: Site;

beforeEach(async () => {
  site = await openSite();
});
afterEach(() => site.close());

const SELF = { version: '0.1.0', certificateEnds: new Date('2027-01-01T00:00:00Z') };
const health = () => site.call((frontEnd) => describeHealth(frontEnd, SELF), {}, ADMIN);
const orphans = (request = {}) => site.call(describeOrphans, request, ADMIN);

test('a front end says how it and its database are', async () => {
  expect(await health()).toEqual({
    ...{ version: '0.1.0', certificateEndTime: SELF.certificateEnds, time: expect.any(Date) },
    database: expect.stringMatching(/^(SQLite|PostgreSQL) \d+\.\d+/),
    ...{ reconciled: false, troubleSet: { item: [] } },
  });
  await takeLease(site.database, 'reconciler', 'one', 60);
  expect(await health()).toMatchObject({ reconciled: true });
});

test('what nobody works on is a trouble, and what is made is none', async () => {
  const { volumeId } = await site.call(createVolume, { size: 1 });
  const attached = await site.volume();
  await site.attach(attached);
  await site.database('attachments').update({ status: 'detaching' });
  const snapshotId = await site.snapshot(await site.volume());
  await site.database('snapshots').update({ sha256: 'a'.repeat(64) });
  await site.call(verifySnapshot, { snapshotId });
  expect((await health()).troubleSet.item).toEqual([]);
  await site.age();
  // Its delegate has a lease, and works on it.
  expect((await health()).troubleSet.item).toMatchObject([
    { kind: 'attachment', id: attached, status: 'detaching', sinceTime: expect.any(Date) },
  ]);
  await site.endLeases();
  const { troubleSet } = await health();
  expect(troubleSet.item.map(({ kind, id, status }) => `${kind} ${id} ${status}`).sort()).toEqual([
    `attachment ${attached} detaching`,
    `verification ${snapshotId} pending`,
    `volume ${volumeId} pending`,
  ]);
  await site.database('attachments').update({ status: 'attached' });
});

test('a lost file is a trouble until it is there again, and an orphan for good', async () => {
  const id = await site.volume();
  const lost_at = new Date().toISOString();
  await site.database('volumes').where({ id }).update({ status: 'failure : cmd error', lost_at });
  const event = { instance: 'test', subjectId: id, action: 'file-lost', reason: 'why' } as const;
  await recordEvent(site.database, event);
  expect((await health()).troubleSet.item).toMatchObject([{ kind: 'volume', id, status: 'lost' }]);
  const orphan = { kind: 'record', id, reason: 'why', time: expect.any(Date) };
  expect((await orphans()).orphanSet.item).toEqual([{ ...orphan, done: 'none' }]);
  await site.database('volumes').where({ id }).update({ status: 'available', lost_at: null });
  expect((await health()).troubleSet.item).toEqual([]);
  expect((await orphans()).orphanSet.item).toEqual([{ ...orphan, done: 'over' }]);
});

test('orphans come page by page, the last first, with where they are now', async () => {
  const common = { instance: 'test', reason: 'why' };
  await recordEvent(site.database, {
    ...{ ...common, subjectId: 'vol-1', action: 'file-set-aside', details: { orderId: 'ord-1' } },
  });
  await recordEvent(site.database, { ...common, subjectId: 'vol-9', action: 'given-up' });
  await recordEvent(site.database, {
    ...{ ...common, subjectId: 'vol-2', action: 'stray-detached' },
    details: { instanceId: 'vm1', device: 'xvdb', orderId: 'ord-2' },
  });
  await recordEvent(site.database, {
    ...{ ...common, subjectId: '.export-1.part', action: 'file-set-aside', details: {} },
  });
  await recordEvent(site.database, {
    ...{ ...common, subjectId: '.vol-3.part', action: 'file-set-aside', details: { sizeBytes: 0 } },
  });
  const first = await orphans({ maxResults: 3 });
  expect(first.orphanSet.item).toMatchObject([
    { kind: 'file', id: '.vol-3.part', done: 'removed' },
    { kind: 'file', id: '.export-1.part', done: 'removed' },
    { kind: 'attachment', id: 'vol-2', done: 'detached', place: 'vm1 xvdb' },
  ]);
  const second = await orphans({ maxResults: 3, nextToken: first.nextToken });
  expect(second.orphanSet.item).toMatchObject([
    { kind: 'file', id: 'vol-1', done: 'set aside', place: '.aside/vol-1.ord-1' },
  ]);
  expect(second.nextToken).toBeUndefined();
  await expect(orphans({ nextToken: 'none' })).rejects.toMatchObject({ code: 'InvalidNextToken' });
});
