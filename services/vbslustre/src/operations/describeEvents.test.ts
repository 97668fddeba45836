import { afterEach, beforeEach, expect, test } from 'vitest';
import { type NewEvent, recordEvent } from '../metadata/events.js';
import { ALICE, BOB, openSite, type Site } from '../testing/site.js';
import { describeEvents } from './describeEvents.js';

let site: Site;

beforeEach(async () => {
  site = await openSite();
});
afterEach(() => site.close());

const record = (subjectId: string, event: Partial<NewEvent> = {}) =>
  recordEvent(site.database, {
    ...{ instance: 'frontend 1', subjectId, action: 'file-lost', reason: 'its file is missing' },
    ...event,
  });

const reasons = async (resourceId: string, maxResults?: number, nextToken?: string) => {
  const page = await site.call(describeEvents, { resourceId, maxResults, nextToken });
  return { ...page, reasons: page.eventSet.item.map(({ reason }) => reason) };
};

test('an owner sees the events of his volumes and snapshots, the last first', async () => {
  const volumeId = await site.volume();
  const snapshotId = await site.snapshot(volumeId);
  expect(await site.call(describeEvents, { resourceId: volumeId })).toEqual({
    eventSet: { item: [] },
  });
  await record(volumeId);
  const details = { orderId: 'ord-1', instanceId: 'vm1', vmm: 'host1', device: 'xvdb' };
  await record(volumeId, { action: 'device-gone', reason: 'host1 shows it no more', details });
  await record(snapshotId, { action: 'file-found', reason: 'its file is there again' });
  const { eventSet } = await site.call(describeEvents, { resourceId: volumeId });
  expect(eventSet.item).toEqual([
    {
      ...{ time: expect.any(Date), action: 'device-gone', reason: 'host1 shows it no more' },
      ...{ instanceId: 'vm1', vmm: 'host1', device: 'xvdb' },
    },
    { time: expect.any(Date), action: 'file-lost', reason: 'its file is missing' },
  ]);
  expect((await reasons(snapshotId)).reasons).toEqual(['its file is there again']);
});

test('nobody else sees them', async () => {
  const resourceId = await site.volume();
  await record(resourceId);
  for (const [id, userId] of [
    [resourceId, BOB],
    ['vol-1', ALICE],
    ['snap-1', ALICE],
  ] as const) {
    const refused = site.call(describeEvents, { resourceId: id }, userId);
    await expect(refused).rejects.toThrow(`${id} does not exist or is not yours.`);
  }
});

test('what is for operators stays with them', async () => {
  const volumeId = await site.volume();
  const secrets = { reason: '/lustre/secret on delegate-7', details: { path: '/lustre/secret' } };
  for (const action of ['order-passed-on', 'file-set-aside', 'given-up'] as const) {
    await record(volumeId, { action, ...secrets });
  }
  const page = await site.call(describeEvents, { resourceId: volumeId });
  expect(page.eventSet.item).toHaveLength(3);
  expect(JSON.stringify(page)).not.toMatch(/secret|delegate-7|frontend/);
});

test('events come in pages, and new ones do not move them', async () => {
  const volumeId = await site.volume();
  for (const reason of ['1', '2', '3', '4', '5']) await record(volumeId, { reason });
  const first = await reasons(volumeId, 2);
  await record(volumeId, { reason: '6' });
  const second = await reasons(volumeId, 2, first.nextToken);
  const third = await reasons(volumeId, 2, second.nextToken);
  expect([first, second, third].map((page) => page.reasons)).toEqual([
    ...[['5', '4'], ['3', '2'], ['1']],
  ]);
  expect(third.nextToken).toBeUndefined();
  const other = await site.volume();
  await expect(reasons(other, 2, first.nextToken)).rejects.toMatchObject({
    code: 'InvalidNextToken',
  });
  await expect(reasons(volumeId, 1001)).rejects.toMatchObject({ code: 'InvalidParameterValue' });
});
