import { newId } from '@vbs-lustre/shared/ids';
import type { vbslustre } from '@vbs-lustre/wsdl';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Roster } from '../delegates/roster.js';
import { passOrderOn } from '../fileOrders.js';
import { ordersWithoutLease } from '../metadata/orderLeases.js';
import { ALICE, GIB, log, openSite, type Site } from '../testing/site.js';
import { announceVmmDelegate } from './announceVmmDelegate.js';
import { announceVolumeDelegate } from './announceVolumeDelegate.js';
import { createSnapshot } from './createSnapshot.js';
import { createVolume } from './createVolume.js';
import { deleteVolume } from './deleteVolume.js';
import { describeSnapshot } from './describeSnapshot.js';
import { describeVolume } from './describeVolume.js';
import { describeVolumes } from './describeVolumes.js';

/** In seconds. */
const HOUR = 3600;
let site: Site;

beforeEach(async () => {
  site = await openSite();
});
afterEach(() => site.close());

/** A Volume Delegate announces itself. */
function announce(
  orders: readonly string[] = [],
  other: Partial<vbslustre.AnnounceVolumeDelegate> = {},
  subject = 'CN=a,OU=volume',
) {
  const room = { availableBytes: 1000, unfinishedJobs: orders.length, freeJobs: 10 };
  const orderSet = { item: orders.map((orderId) => ({ orderId })) };
  const request = { url: 'https://a:8444/volume-delegate', ...room, orderSet, draining: false };
  return site.call(announceVolumeDelegate, { ...request, ...other }, subject);
}

const announceHost = (subject: string, other: Partial<vbslustre.AnnounceVmmDelegate> = {}) =>
  site.call(
    announceVmmDelegate,
    { url: 'https://host3:8445/vmm-delegate', hypervisor: 'qemu', draining: false, ...other },
    subject,
  );

const leases = async (): Promise<string[]> =>
  (await site.database('volumes').orderBy('create_time')).map(({ lease_until }) => lease_until);

test('a delegate that nobody knew is there from its first announcement on', async () => {
  await site.silence('a');
  await site.silence('b');
  await announce([], {}, 'CN=c,OU=volume');
  expect(await site.frontEnd.volumeDelegates.roster.ready()).toEqual([
    {
      ...{ name: 'c', subject: 'CN=c,OU=volume', url: 'https://a:8444/volume-delegate' },
      ...{ draining: false, drained: false, isAlive: true, resizes: false },
    },
  ]);
});

test('it is told when to come again, and how long its orders are its own', async () => {
  expect(await announce()).toEqual({
    ...{ intervalSeconds: 3600, leaseSeconds: 20, withdrawnSet: { item: [] } },
  });
  expect(await announceHost('CN=host3,OU=vmm')).toEqual({ intervalSeconds: 3600 });
});

test('who was silent for three intervals is gone', async () => {
  const options = { kind: 'volume', subjects: [], intervalSeconds: HOUR } as const;
  const roster = new Roster(site.database, options);
  const seen = (secondsAgo: number) =>
    site
      .database('delegates')
      .where({ name: 'a' })
      .update({ seen_at: new Date(Date.now() - secondsAgo * 1000).toISOString() });
  await seen(2 * HOUR);
  expect(await roster.find('a')).toMatchObject({ isAlive: true });
  await seen(3 * HOUR + 1);
  expect(await roster.find('a')).toMatchObject({ isAlive: false });
  expect((await roster.ready()).map(({ name }) => name)).toEqual(['b']);
});

test('giving an order grants its lease, and announcing it renews that', async () => {
  await site.call(createVolume, { size: 1 });
  expect(await ordersWithoutLease(site.database)).toEqual([]);
  await site.endLeases();
  const [orderId] = site.a.taken as [string];
  const order = [expect.objectContaining({ table: 'volumes', orderId })];
  expect(await ordersWithoutLease(site.database)).toEqual(order);
  // Another's announcement is not believed about it, and one of other orders says nothing.
  await announce([orderId], {}, 'CN=b,OU=volume');
  await announce([]);
  expect(await ordersWithoutLease(site.database)).toEqual(order);
  expect((await announce([orderId])).withdrawnSet.item).toEqual([]);
  expect(await ordersWithoutLease(site.database)).toEqual([]);
});

test('the lease is as long as was said, by the database’s clock', async () => {
  await site.call(createVolume, { size: 1 });
  const [until = ''] = await leases();
  const seconds = (Date.parse(until) - Date.now()) / 1000;
  // This machine's clock is the database's.
  expect(seconds).toBeGreaterThan(0);
  expect(seconds).toBeLessThanOrEqual(20);
  expect(until).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
});

test('orders that nobody waits for are withdrawn: ended, passed on, or never given', async () => {
  const ended = await site.volume();
  const { order_id: endedOrder } = await site.database('volumes').where({ id: ended }).first();
  await site.call(createVolume, { size: 1 });
  const [passedOn] = site.b.taken as [string];
  await site.call(createVolume, { size: 1 });
  const kept = site.a.taken.at(-1) as string;
  const strange = newId('ord');
  const { withdrawnSet } = await announce([endedOrder, passedOn, kept, strange]);
  expect(withdrawnSet.item.map(({ orderId }) => orderId)).toEqual([endedOrder, passedOn, strange]);
});

test('a delegate that is draining hands over at once what it does not work on', async () => {
  for (let n = 0; n < 4; n++) await site.call(createVolume, { size: 1 });
  const [kept, handedOver] = site.a.taken as [string, string];
  await announce([kept], { draining: true });
  expect(await ordersWithoutLease(site.database)).toMatchObject([{ orderId: handedOver }]);
});

test('what is written of a file is shown, until another delegate begins anew', async () => {
  const { volumeId } = await site.call(createVolume, { size: 1 });
  const [orderId] = site.a.taken as [string];
  const tellOf = (bytesDone: number, subject?: string) =>
    announce([orderId], { progressSet: { item: [{ orderId, bytesDone }] } }, subject);
  const shown = async () => {
    const { status, progress, bytesDone } = await site.call(describeVolume, { volumeId });
    return [status, progress, bytesDone];
  };
  expect(await shown()).toEqual(['pending', undefined, undefined]);
  const some = Math.ceil(GIB * 0.425);
  await tellOf(some);
  await tellOf(GIB, 'CN=b,OU=volume');
  expect(await shown()).toEqual(['pending', '42%', some]);
  const copy = await site.call(describeVolumes, {});
  expect(copy.volumeSet.item).toMatchObject([{ progress: '42%', bytesDone: some }]);
  // Complete, but perhaps not flushed, nor of its name yet.
  await tellOf(GIB + 1);
  expect(await shown()).toEqual(['pending', '99%', GIB]);
  await site.silence('a');
  await site.endLeases();
  const file = { table: 'volumes', status: 'pending', id: volumeId, orderId } as const;
  const waiting = { ...file, owner: ALICE, delegate: 'a', sizeBytes: GIB, snapshotId: undefined };
  expect(await passOrderOn(site.frontEnd, waiting)).toMatchObject({ delegate: 'b' });
  expect(await shown()).toEqual(['pending', undefined, undefined]);
  await site.tell(volumeId, 'available');
  // It was on its way.
  await tellOf(GIB / 2);
  expect(await shown()).toEqual(['available', undefined, undefined]);
});

test('a snapshot shows its progress as a volume does, and a failure shows none', async () => {
  const volumeId = await site.volume();
  const { snapshotId } = await site.call(createSnapshot, { volumeId });
  const { order_id: orderId } = await site.database('snapshots').first();
  const [name] = await site.database('snapshots').pluck('delegate');
  const progressSet = { item: [{ orderId, bytesDone: GIB / 4 }] };
  await announce([orderId], { progressSet }, `CN=${name},OU=volume`);
  const pending = await site.call(describeSnapshot, { snapshotId });
  expect(pending).toMatchObject({ progress: '25%', bytesDone: GIB / 4 });
  await site.tell(snapshotId, 'failed', 'cp: no space');
  expect(await site.call(describeSnapshot, { snapshotId })).not.toHaveProperty('progress');
});

test('deletions have leases too', async () => {
  const volumeId = await site.volume();
  await site.call(deleteVolume, { volumeId });
  expect(await ordersWithoutLease(site.database)).toEqual([]);
  await announce([], { draining: true });
  expect(await ordersWithoutLease(site.database)).toMatchObject([{ id: volumeId }]);
});

test.each<Partial<vbslustre.AnnounceVolumeDelegate>>([
  ...[
    'http://a/',
    'https://u:p@a/',
    'https://a/?x',
    'ftp://a',
    'a',
    `https://${'a'.repeat(300)}/`,
  ].map((url) => ({ url })),
  { availableBytes: -1 },
  { freeJobs: 2 ** 31 },
  { unfinishedJobs: -1 },
  { orderSet: { item: [{ orderId: 'ord-1' }] } },
  { progressSet: { item: [{ orderId: 'ord-1', bytesDone: 1 }] } },
  { progressSet: { item: [{ orderId: newId('ord'), bytesDone: -1 }] } },
])('an announcement with %j is refused, and changes nothing', async (wrong) => {
  await site.database('delegates').where({ name: 'a' }).delete();
  await expect(announce([], wrong)).rejects.toMatchObject({ code: 'InvalidParameterValue' });
  expect(await site.frontEnd.volumeDelegates.roster.find('a')).toBeUndefined();
});

test('a name has one subject, until the settings do not admit that one any more', async () => {
  const other = 'CN=a,OU=elsewhere';
  const rosterFor = (...subjects: string[]) =>
    new Roster(site.database, { kind: 'volume', subjects, intervalSeconds: 2 });
  const delegate = { url: 'https://other/', draining: false };
  const both = rosterFor('CN=*,OU=volume', 'CN=*,OU=elsewhere');
  await expect(both.announced(other, delegate, log)).rejects.toMatchObject({
    code: 'InvalidParameterValue',
  });
  expect(await both.find('a')).toMatchObject({ subject: 'CN=a,OU=volume' });
  const moved = rosterFor('CN=*,OU=elsewhere');
  await moved.announced(other, delegate, log);
  expect(await moved.find('a')).toMatchObject({ subject: other, url: 'https://other/' });
});

test('many announcements of a new delegate at once are one delegate', async () => {
  await Promise.all(Array.from({ length: 10 }, () => announceHost('CN=host3,OU=vmm')));
  expect(await site.database('delegates').where({ name: 'host3' })).toHaveLength(1);
});

test('a Volume Delegate and a host may have one name', async () => {
  await announceHost('CN=a,OU=vmm');
  expect(await site.frontEnd.volumeDelegates.roster.find('a')).toMatchObject({
    subject: 'CN=a,OU=volume',
  });
});

test('a host takes volumes from its announcement on, and none when it is draining or silent', async () => {
  const volumeId = await site.volume();
  const attach = () => site.attach(volumeId, { vmm: 'host2' });
  await announceHost('CN=host2,OU=vmm', { draining: true });
  await expect(attach()).rejects.toMatchObject({ code: 'Unavailable', message: /another host/ });
  await site.silence('host2');
  await expect(attach()).rejects.toMatchObject({ code: 'Unavailable', message: /heard of/ });
  expect(site.host2.received).toEqual([]);
  await announceHost('CN=host2,OU=vmm');
  await attach();
});
