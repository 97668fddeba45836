import { ServiceFault } from '@vbs-lustre/shared/faults';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { detachVolume } from '../operations/detachVolume.js';
import { FAKE_UUID } from '../testing/fakeVmmDelegate.js';
import { log, NO_ANSWER, NOT_DELIVERED, openSite, type Site } from '../testing/site.js';
import { Hosts } from './hosts.js';

let site: Site;
let volumeId: string;

beforeEach(async () => {
  site = await openSite();
  volumeId = await site.volume();
});
afterEach(() => site.close());

async function reconcile(): Promise<void> {
  await site.age();
  await new Hosts(site.frontEnd, 60_000, log).round();
}

const statuses = async () => (await site.database('attachments')).map(({ status }) => status);

async function attachUnheard(other = {}): Promise<void> {
  site.host1.lostAnswer = NO_ANSWER;
  await expect(site.attach(volumeId, other)).rejects.toMatchObject({ code: 'Unavailable' });
  site.host1.lostAnswer = undefined;
}

test('an attach answer that was lost: the hypervisor has it, so it is attached', async () => {
  await attachUnheard();
  await reconcile();
  expect(await statuses()).toEqual(['attached']);
  expect(site.host1.received).toEqual(['AttachVolume']);
});

test.each([
  ['UUID', FAKE_UUID.toUpperCase()],
  ['hypervisor’s number', '7'],
])('a machine that was named by its %s is recognised', async (_case, instanceId) => {
  await attachUnheard({ instanceId });
  site.host1.list = site.host1.list.map((each) => ({
    ...each,
    ...{ instanceId: 'vm1', instanceNumber: '7' },
  }));
  await reconcile();
  expect(await statuses()).toEqual(['attached']);
});

test.each([
  ['nothing', []],
  ['a half-made device', [{ state: 'incomplete' }]],
  ['another mode', [{ attachMode: 'r' as const }]],
  ['another device', [{ device: 'xvdc' }]],
])('an attach answer that was lost: the hypervisor has %s, so it is ended', async (_case, seen) => {
  await attachUnheard();
  const [real] = site.host1.list;
  if (!real) throw new Error('nothing was attached');
  site.host1.list = seen.map((each) => ({ ...real, ...each }));
  await reconcile();
  expect(site.host1.list).toEqual([]);
  expect(await statuses()).toEqual([]);
  await site.attach(volumeId, { vmm: 'host2' });
});

test('an attach order that arrives after that is refused', async () => {
  let arrive = () => {};
  const late = new Promise<void>((resolve) => {
    arrive = resolve;
  });
  let asked = () => {};
  const underWay = new Promise<void>((resolve) => {
    asked = resolve;
  });
  site.host1.meanwhile = async (operation) => {
    if (operation !== 'AttachVolume') return;
    asked();
    await late;
  };
  const attach = site.attach(volumeId);
  await underWay;
  await reconcile();
  expect(await statuses()).toEqual([]);
  arrive();
  await expect(attach).rejects.toMatchObject({ code: 'IncorrectState' });
  expect(site.host1.list).toEqual([]);
});

test('a detach answer that was lost: once more, and the place is free', async () => {
  await site.attach(volumeId);
  site.host1.lostAnswer = NO_ANSWER;
  await site.call(detachVolume, { volumeId });
  site.host1.lostAnswer = undefined;
  await reconcile();
  expect(await statuses()).toEqual([]);
});

test.each([
  ['cannot be reached', NOT_DELIVERED],
  ['does not answer', NO_ANSWER],
  ['still has the device', new ServiceFault('Unavailable', 'later')],
  ['refuses', new ServiceFault('IncorrectState', 'no')],
  ['has a bug', new TypeError('undefined is not a function')],
])('while the host %s, everything is kept', async (_case, trouble) => {
  await attachUnheard();
  const second = await site.volume();
  await site.attach(second, { instanceId: 'vm2' });
  site.host1.refusal = site.host1.blind = trouble;
  await site.database('attachments').where({ volume_id: second }).update({ status: 'detaching' });
  await reconcile();
  expect((await statuses()).sort()).toEqual(['attaching', 'detaching']);
  site.host1.refusal = site.host1.blind = undefined;
  await reconcile();
  expect(await statuses()).toEqual(['attached']);
});

test('a host that is not in the deployment any more keeps its places', async () => {
  await attachUnheard();
  await site.database('attachments').update({ vmm: 'dismantled' });
  await reconcile();
  expect(await statuses()).toEqual(['attaching']);
});

test('what is new or at rest is left alone', async () => {
  await attachUnheard();
  await new Hosts(site.frontEnd, 60_000, log).round();
  expect(await statuses()).toEqual(['attaching']);
  await reconcile();
  site.host1.list = [];
  await reconcile();
  expect(await statuses()).toEqual(['attached']);
});
