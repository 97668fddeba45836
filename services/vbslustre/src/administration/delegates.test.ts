import type { vbslustreAdmin } from '@vbs-lustre/wsdl';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { FrontEnd } from '../frontEnd.js';
import { announceVolumeDelegate } from '../operations/announceVolumeDelegate.js';
import { createVolume } from '../operations/createVolume.js';
import { detachVolume } from '../operations/detachVolume.js';
import { ADMIN, log, openSite, type Site } from '../testing/site.js';
import { describeDelegates } from './describeDelegates.js';
import { drainDelegate } from './drainDelegate.js';

let site: Site;

beforeEach(async () => {
  site = await openSite();
});
afterEach(() => site.close());

type Named = vbslustreAdmin.DrainDelegate;

const setDrained = (drained: boolean) => (frontEnd: FrontEnd) => drainDelegate(frontEnd, drained);
const drain = (request: Named) => site.call(setDrained(true), request, ADMIN);
const undrain = (request: Named) => site.call(setDrained(false), request, ADMIN);
const delegates = async () =>
  (await site.call(describeDelegates, {}, ADMIN)).delegateSet.item as vbslustreAdmin.Delegate[];
const makerOf = async (volumeId: string) =>
  (await site.database('volumes').where({ id: volumeId }).first()).delegate;
const create = async () => (await site.call(createVolume, { size: 1 })).volumeId;

test('a drained Volume Delegate gets no orders, also after it has announced itself again', async () => {
  await drain({ kind: 'volume', name: 'a' });
  await drain({ kind: 'volume', name: 'a' });
  await site.announce('volume', 'a', { freeJobs: 1000 });
  for (let made = 0; made < 3; made++) expect(await makerOf(await create())).toBe('b');
  expect(await site.frontEnd.volumeDelegates.isReady('a')).toBe(false);
  expect((await site.frontEnd.volumeDelegates.roster.ready()).map(({ name }) => name)).toEqual([
    'b',
  ]);
  await undrain({ kind: 'volume', name: 'a' });
  expect(await makerOf(await create())).toBe('a');
});

test('what a drained Volume Delegate has stays its own', async () => {
  const volumeId = await create();
  const maker = await makerOf(volumeId);
  const lease = async () =>
    (await site.database('volumes').where({ id: volumeId }).first()).lease_until;
  const before = await lease();
  await drain({ kind: 'volume', name: maker });
  const order = (await site.database('volumes').where({ id: volumeId }).first()).order_id;
  await announceVolumeDelegate(site.frontEnd)(
    {
      ...{ url: `https://${maker}/`, availableBytes: 1, unfinishedJobs: 1, freeJobs: 9 },
      ...{ orderSet: { item: [{ orderId: order }] }, draining: false },
    },
    { userId: `CN=${maker},OU=volume`, requestId: 'req-1', log },
  );
  expect(String(await lease()) >= String(before)).toBe(true);
  expect(await makerOf(volumeId)).toBe(maker);
  await site.tell(volumeId, 'available');
  expect(await site.status(volumeId)).toBe('available');
});

test('without another one, nothing new is made', async () => {
  await drain({ kind: 'volume', name: 'a' });
  await drain({ kind: 'volume', name: 'b' });
  await expect(create()).rejects.toMatchObject({ code: 'Unavailable' });
});

test('a drained host takes no attachments, and gives up what it has', async () => {
  const [held, wanted] = [await site.volume(), await site.volume()];
  await site.attach(held);
  await drain({ kind: 'vmm', name: 'host1' });
  await site.announce('vmm', 'host1');
  await expect(site.attach(wanted, { device: 'xvdc' })).rejects.toThrow(
    'The host host1 is being taken out of service; choose another host.',
  );
  await site.attach(wanted, { vmm: 'host2' });
  await site.call(detachVolume, { volumeId: held });
  await undrain({ kind: 'vmm', name: 'host1' });
  await site.attach(held);
});

test('names of one kind are none of the other, and a dry run changes nothing', async () => {
  await expect(drain({ kind: 'vmm', name: 'a' })).rejects.toThrow(
    'The parameter name is not that of a delegate of the kind vmm; there are: host1, host2.',
  );
  await expect(drain({ kind: 'volume', name: 'a', dryRun: true })).rejects.toMatchObject({
    code: 'DryRunOperation',
  });
  expect((await delegates()).map(({ drained }) => drained)).toEqual([false, false, false, false]);
});

test('an administrator sees all delegates, as they are', async () => {
  const certificateEnds = new Date('2027-01-01T00:00:00Z');
  await site.announce('vmm', 'host1', { hypervisor: 'xen', version: '0.2.0', draining: true });
  await site.announce('volume', 'a', { certificateEnds, clockAheadMs: -1500, unfinishedJobs: 3 });
  await site.silence('host2');
  await site.attach(await site.volume(), { vmm: 'host2' }).catch(() => undefined);
  const seen = await delegates();
  expect(seen.map(({ name, status }) => `${name} ${status}`)).toEqual([
    ...['host1 alive', 'host2 silent', 'a alive', 'b alive'],
  ]);
  expect(seen[0]).toMatchObject({ hypervisor: 'xen', version: '0.2.0', draining: true });
  expect(seen[0]).not.toHaveProperty('jobs');
  expect(seen[2]).toMatchObject({
    ...{ kind: 'volume', subject: 'CN=a,OU=volume', url: 'https://a/', jobs: 3 },
    ...{ certificateEndTime: certificateEnds, clockAheadMs: -1500, drained: false },
  });
});
