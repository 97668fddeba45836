import { ServiceFault } from '@vbs-lustre/shared/faults';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { reconcileExtensions } from '../reconcile/extensions.js';
import { reconcileFiles } from '../reconcile/files.js';
import { GIB, log, NO_ANSWER, openSite, type Site } from '../testing/site.js';
import { describeVolume } from './describeVolume.js';
import { detachVolume } from './detachVolume.js';
import { modifyVolume } from './modifyVolume.js';

let site: Site;
let volumeId: string;

beforeEach(async () => {
  site = await openSite();
  await site.announce('vmm', 'host1', { resizes: true });
  volumeId = await site.volume();
});
afterEach(() => site.close());

const extend = () => site.call(modifyVolume, { volumeId, size: 3 });
const describe = () => site.call(describeVolume, { volumeId });
const resizes = () => site.host1.received.filter((operation) => operation === 'ResizeVolume');
const extended = () => site.tell(volumeId, 'available');
const round = () => reconcileExtensions(site.frontEnd, log);
const COMPLETED = { size: 3, sizeBytes: 3 * GIB, modificationState: 'completed' };
const MODIFYING = { size: 1, sizeBytes: GIB, modificationState: 'modifying' };

test('the machine that writes a volume is told before the volume has its new size', async () => {
  await site.attach(volumeId);
  expect(await extend()).toMatchObject({ ...MODIFYING, status: 'in-use' });
  expect(resizes()).toEqual([]);
  const seen: unknown[] = [];
  site.host1.meanwhile = async () => void seen.push(await describe());
  await extended();
  expect(seen).toMatchObject([MODIFYING]);
  expect(site.host1.orders.at(-1)).toMatchObject({ volumeId, sizeBytes: 3 * GIB, vmm: 'host1' });
  expect(await describe()).toMatchObject({ ...COMPLETED, status: 'in-use' });
});

test.each([
  ['a hypervisor that cannot tell it', { vmm: 'host2' }, /of host2 cannot tell .* detach/],
  ['read-only', { attachMode: 'r' as const }, /read-only.*detach it first/],
])('a volume attached to %s is to be detached first', async (_case, other, words) => {
  await site.attach(volumeId, other);
  await expect(extend()).rejects.toMatchObject({
    ...{ code: 'IncorrectState', message: expect.stringMatching(words) },
  });
  expect(await describe()).toMatchObject({ status: 'in-use', size: 1 });
});

test('one that is on its way to a machine or back is not extended', async () => {
  await site.attach(volumeId);
  await site.database('attachments').update({ status: 'detaching' });
  await expect(extend()).rejects.toMatchObject({ code: 'IncorrectState' });
});

test('a host that is silent is asked before anything begins', async () => {
  await site.attach(volumeId);
  await site.silence('host1');
  await expect(extend()).rejects.toMatchObject({ code: 'Unavailable' });
  expect((await describe()).modificationState).toBeUndefined();
});

test('what is not known to have been told is told again, and nobody else is asked', async () => {
  await site.attach(volumeId);
  await extend();
  site.host1.lostAnswer = NO_ANSWER;
  await extended();
  expect(await describe()).toMatchObject({
    ...MODIFYING,
    modificationMessage: 'host1 has not told vm1 of the size yet',
  });
  const orders = site.a.received.length + site.b.received.length;
  await site.age();
  await site.endLeases();
  await reconcileFiles(site.frontEnd, log);
  expect(site.a.received.length + site.b.received.length).toBe(orders);
  site.host1.lostAnswer = undefined;
  await round();
  expect(await describe()).toMatchObject(COMPLETED);
  expect((await describe()).modificationMessage).toBeUndefined();
});

test('a machine that can’t be told keeps it waiting, until the volume is detached', async () => {
  await site.attach(volumeId);
  await extend();
  site.host1.refusal = new ServiceFault('IncorrectState', 'vm1 cannot be told.');
  await extended();
  await round();
  expect(await describe()).toMatchObject({
    ...MODIFYING,
    modificationMessage: 'vm1 cannot be told.',
  });
  site.host1.refusal = undefined;
  await site.call(detachVolume, { volumeId });
  await round();
  expect(await describe()).toMatchObject({ ...COMPLETED, status: 'available' });
});

test('it may be detached meanwhile', async () => {
  await site.attach(volumeId);
  await extend();
  await site.call(detachVolume, { volumeId });
  await extended();
  expect(resizes()).toEqual([]);
  expect(await describe()).toMatchObject({ ...COMPLETED, status: 'available' });
});

test('what fails is told to nobody', async () => {
  await site.attach(volumeId);
  await extend();
  await site.tell(volumeId, 'failure : cmd error', 'dd');
  expect(resizes()).toEqual([]);
  expect(await describe()).toMatchObject({
    status: 'in-use',
    size: 1,
    modificationState: 'failed',
  });
});
