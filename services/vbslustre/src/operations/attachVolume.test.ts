import { ServiceFault } from '@vbs-lustre/shared/faults';
import { newId } from '@vbs-lustre/shared/ids';
import type { vbslustre, vmmDelegate } from '@vbs-lustre/wsdl';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { BOB, NO_ANSWER, NOT_DELIVERED, openSite, type Site } from '../testing/site.js';
import { createVolume } from './createVolume.js';
import { deleteVolume } from './deleteVolume.js';
import { detachVolume } from './detachVolume.js';

let site: Site;

beforeEach(async () => {
  site = await openSite();
});
afterEach(() => site.close());

const vm2 = { instanceId: 'vm2', vmm: 'host2' };
const records = () => site.database('attachments').select('status', 'device', 'mode');

test('a volume is attached by the delegate of the host that is named', async () => {
  const volumeId = await site.volume();
  const attachment = await site.attach(volumeId, { ...vm2, device: '/dev/xvdc' });
  expect(attachment).toMatchObject({
    ...{ volumeId, ...vm2, device: 'xvdc', attachMode: 'w', status: 'attached' },
    attachTime: expect.any(Date),
  });
  expect(site.host2.list).toMatchObject([{ volumeId, device: 'xvdc', attachMode: 'w' }]);
  expect(site.host1.received).toEqual([]);
  expect(await records()).toEqual([{ status: 'attached', device: 'xvdc', mode: 'w' }]);
});

test('orders name the host that they are for, and an attach order ends by itself', async () => {
  const volumeId = await site.volume();
  const before = Date.now();
  const { attachTime } = await site.attach(volumeId, vm2);
  await site.call(detachVolume, { volumeId });
  const { orderId, expires } = site.host2.orders[0] as vmmDelegate.AttachVolume;
  expect(site.host2.orders).toEqual([
    { orderId, expires, ...vm2, volumeId, device: 'xvdb', attachMode: 'w' },
    { orderId, ...vm2, volumeId, device: 'xvdb' },
  ]);
  expect(expires).toEqual(new Date(attachTime.getTime() + 50_000));
  expect(attachTime.getTime()).toBeGreaterThanOrEqual(before);
});

test('the place is taken before the hypervisor is asked', async () => {
  const volumeId = await site.volume();
  const seen: unknown[] = [];
  site.host1.meanwhile = async () => {
    seen.push(await site.database('volumes').select('writers', 'readers').first());
    seen.push(...(await records()));
  };
  await site.attach(volumeId);
  expect(seen).toEqual([
    { writers: 1, readers: 0 },
    { status: 'attaching', device: 'xvdb', mode: 'w' },
  ]);
});

test.each<Partial<vbslustre.AttachVolume>>([
  ...['../x', 'xvda', 'xvdbb', 'xvdb1', 'sdb', '/dev/xvda', '/dev//dev/xvdb', 'xvdb\n', ''].map(
    (device) => ({ device }),
  ),
  ...['', '-vm', 'vm 1', 'vm;reboot', '../vm', 'vm\n', 'v'.repeat(256)].map((instanceId) => ({
    instanceId,
  })),
  { vmm: 'host3' },
  { vmm: '../host1' },
])('%j is refused, and nothing happens', async (wrong) => {
  const volumeId = await site.volume();
  const refused = site.attach(volumeId, wrong);
  await expect(refused).rejects.toMatchObject({ code: 'InvalidParameterValue' });
  expect(site.host1.received).toEqual([]);
});

test('a volume of somebody else, or none, is not found', async () => {
  const notFound = { code: 'InvalidVolume.NotFound' };
  const volumeId = await site.volume();
  await expect(site.attach(volumeId, {}, BOB)).rejects.toMatchObject(notFound);
  await expect(site.attach(newId('vol'))).rejects.toMatchObject(notFound);
  await expect(site.attach('../../etc/passwd')).rejects.toMatchObject(notFound);
});

test('only an available volume is attached', async () => {
  const { volumeId } = await site.call(createVolume, { size: 1 });
  const refused = { code: 'IncorrectState' };
  await expect(site.attach(volumeId)).rejects.toMatchObject(refused);
  await site.tell(volumeId, 'failure : cmd error', 'dd: error');
  await expect(site.attach(volumeId, { attachMode: 'r' })).rejects.toMatchObject(refused);
  await site.call(deleteVolume, { volumeId });
  await expect(site.attach(volumeId)).rejects.toMatchObject(refused);
  expect(site.host1.received).toEqual([]);
});

test.each([
  ['r', 'r', true],
  ['r', 'w', false],
  ['w', 'r', false],
  ['w', 'w', false],
] as const)('attached %s, then %s on another host: %s', async (first, second, allowed) => {
  const volumeId = await site.volume();
  await site.attach(volumeId, { attachMode: first });
  const other = site.attach(volumeId, { ...vm2, attachMode: second });
  if (allowed) await other;
  else await expect(other).rejects.toMatchObject({ code: 'VolumeInUse' });
  expect(site.host2.list).toHaveLength(allowed ? 1 : 0);
  await site.call(detachVolume, { volumeId, instanceId: 'vm1' });
  if (!allowed) await site.attach(volumeId, { ...vm2, attachMode: second });
});

test('a machine gets a volume once, and a device is used once', async () => {
  const [one, two] = [await site.volume(), await site.volume()];
  await site.attach(one, { attachMode: 'r' });
  const again = site.attach(one, { attachMode: 'r', device: 'xvdc' });
  await expect(again).rejects.toMatchObject({ code: 'VolumeInUse' });
  const taken = site.attach(two, { device: '/dev/xvdb' });
  await expect(taken).rejects.toMatchObject({ code: 'InvalidParameterValue' });
  await site.attach(two, { device: 'xvdc' });
  expect(site.host1.list.map(({ device }) => device)).toEqual(['xvdb', 'xvdc']);
});

test('machines of the same name on other hosts are others', async () => {
  const volumeId = await site.volume();
  await site.attach(volumeId, { attachMode: 'r' });
  await site.attach(volumeId, { attachMode: 'r', vmm: 'host2' });
});

test.each([
  'IncorrectState',
  'InvalidInstanceID.NotFound',
  'InvalidParameterValue',
  'InvalidVolume.NotFound',
  'VolumeInUse',
] as const)('%s from the host is passed on, and the place is free again', async (code) => {
  const volumeId = await site.volume();
  site.host1.refusal = new ServiceFault(code, 'no');
  await expect(site.attach(volumeId)).rejects.toMatchObject({ code, message: 'no' });
  expect(await records()).toEqual([]);
  await site.attach(volumeId, vm2);
});

test.each([
  ['cannot be reached', NOT_DELIVERED],
  ['does not trust us', new ServiceFault('AuthFailure', 'who?')],
  ['has too much to do', new ServiceFault('RequestLimitExceeded', 'later')],
])('a host that %s has attached nothing: the place is free', async (_case, trouble) => {
  const volumeId = await site.volume();
  site.host1.refusal = trouble;
  await expect(site.attach(volumeId)).rejects.toMatchObject({ code: 'Unavailable' });
  expect(await records()).toEqual([]);
});

test.each([
  ['no answer', NO_ANSWER],
  ['an error inside', new ServiceFault('InternalError', 'log')],
  ['a half-made device that stays', new ServiceFault('Unavailable', 'not let go')],
  ['a bug', new TypeError('undefined is not a function')],
])('after %s the place is kept', async (_case, trouble) => {
  const volumeId = await site.volume();
  site.host1.lostAnswer = trouble;
  await expect(site.attach(volumeId)).rejects.toMatchObject({ code: 'Unavailable' });
  expect(await records()).toEqual([{ status: 'attaching', device: 'xvdb', mode: 'w' }]);
  const other = site.attach(volumeId, vm2);
  await expect(other).rejects.toMatchObject({ code: 'VolumeInUse' });
});

test('an attachment that was ended while its answer was late is not called attached', async () => {
  const volumeId = await site.volume();
  site.host1.meanwhile = async () =>
    void (await site.database('attachments').update({ status: 'detaching' }));
  await expect(site.attach(volumeId)).rejects.toMatchObject({ code: 'Unavailable' });
});

test('of twenty writers at once one wins', async () => {
  const volumeId = await site.volume();
  const attempts = Array.from({ length: 20 }, (_, n) =>
    site.attach(volumeId, { instanceId: `vm${n}`, vmm: n % 2 ? 'host1' : 'host2' }),
  );
  const results = await Promise.allSettled(attempts);
  expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  for (const result of results) {
    if (result.status === 'rejected') expect(result.reason.code).toBe('VolumeInUse');
  }
  expect([...site.host1.list, ...site.host2.list]).toHaveLength(1);
});

test('readers and writers that come and go at once never mix', async () => {
  const volumeId = await site.volume();
  const check = async () => {
    const modes = [...site.host1.list, ...site.host2.list].map(({ attachMode }) => attachMode);
    expect(modes.length === 1 || !modes.includes('w'), modes.join()).toBe(true);
  };
  site.host1.meanwhile = site.host2.meanwhile = () => new Promise(setImmediate);
  let won = 0;
  const comeAndGo = async (n: number) => {
    const place = { instanceId: `vm${n}`, vmm: n % 2 ? 'host1' : 'host2' };
    await site.attach(volumeId, { ...place, attachMode: n % 3 ? 'r' : 'w' });
    won += 1;
    await check();
    await site.call(detachVolume, { volumeId, ...place });
  };
  for (let round = 0; round < 5; round++) {
    const all = Array.from({ length: 12 }, (_, n) => comeAndGo(n + round));
    for (const result of await Promise.allSettled(all)) {
      if (result.status === 'rejected') expect(result.reason.code).toBe('VolumeInUse');
    }
  }
  expect(won).toBeGreaterThan(4);
  expect([...site.host1.list, ...site.host2.list]).toEqual([]);
});
