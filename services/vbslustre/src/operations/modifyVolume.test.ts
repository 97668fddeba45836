import { ServiceFault } from '@vbs-lustre/shared/faults';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { reconcileFiles } from '../reconcile/files.js';
import { lookAtFiles } from '../reconcile/findings.js';
import { BOB, GIB, log, NO_ANSWER, NOT_DELIVERED, openSite, type Site } from '../testing/site.js';
import { createSnapshot } from './createSnapshot.js';
import { createTags } from './createTags.js';
import { deleteVolume } from './deleteVolume.js';
import { describeEvents } from './describeEvents.js';
import { describeLimits } from './describeLimits.js';
import { describeVolume } from './describeVolume.js';
import { describeVolumes } from './describeVolumes.js';
import { modifyVolume } from './modifyVolume.js';
import { updateVolumeStatus } from './updateVolumeStatus.js';

let site: Site;
let volumeId: string;

beforeEach(async () => {
  site = await openSite();
  volumeId = await site.volume();
});
afterEach(() => site.close());

const extend = (other: object = {}, userId?: string) =>
  site.call(modifyVolume, { volumeId, size: 3, ...other }, userId);
const describe = () => site.call(describeVolume, { volumeId });
const orders = () =>
  [...site.a.received, ...site.b.received].filter(
    ({ operation }) => operation === 'ExtendVolumeFile',
  );
const MODIFYING = { modificationState: 'modifying', targetSize: 3, targetSizeBytes: 3 * GIB };

test('a volume is modifying, with its old size, until its file has the new one', async () => {
  const answer = await extend();
  const old = { status: 'available', size: 1, sizeBytes: GIB };
  expect(answer).toMatchObject({ ...old, ...MODIFYING });
  expect(orders()).toMatchObject([{ request: { volumeId, fromBytes: GIB, sizeBytes: 3 * GIB } }]);
  expect(await describe()).toMatchObject({ ...old, ...MODIFYING });
  await site.tell(volumeId, 'available');
  const extended = await describe();
  expect(extended).toMatchObject({ status: 'available', size: 3, sizeBytes: 3 * GIB });
  expect(extended).toMatchObject({ modificationState: 'completed', targetSize: 3 });
  expect(extended.modificationMessage).toBeUndefined();
  await extend({ size: undefined, sizeMiB: 4000 });
  await site.tell(volumeId, 'available');
  expect(await describe()).toMatchObject({ sizeBytes: 4000 * 1024 ** 2, size: 4 });
});

test('one that was never modified says nothing of it', async () => {
  expect((await describe()).modificationState).toBeUndefined();
});

test('the record comes before the order', async () => {
  const seen: unknown[] = [];
  for (const delegate of [site.a, site.b]) {
    delegate.meanwhile = async () => void seen.push(await site.status(volumeId));
  }
  await extend();
  expect(seen).toEqual(['modifying']);
});

test('what fails leaves the old size, says why, and can be tried again', async () => {
  await extend();
  await site.tell(volumeId, 'failure : cmd error', 'dd: No space left on device');
  const volume = await describe();
  expect(volume).toMatchObject({ status: 'available', size: 1, modificationState: 'failed' });
  expect(volume.modificationMessage).toBe('dd: No space left on device');
  expect(await site.call(describeEvents, { resourceId: volumeId })).toMatchObject({
    eventSet: { item: [{ action: 'extension-failed', reason: 'dd: No space left on device' }] },
  });
  await extend();
  expect((await describe()).modificationMessage).toBeUndefined();
  await site.tell(volumeId, 'available');
  expect(await describe()).toMatchObject({ size: 3, modificationState: 'completed' });
});

test.each([
  [{ size: 1 }, 'InvalidParameterValue', /has 1073741824 bytes already, and a volume only gets/],
  [{ size: undefined, sizeMiB: 1023 }, 'InvalidParameterValue', /only gets larger/],
  [{ size: 0 }, 'InvalidParameterValue', /size must be at least 1/],
  [{ size: 101 }, 'InvalidParameterValue', /at most 100 GiB/],
  [{ size: 3, sizeMiB: 3000 }, 'InvalidParameterCombination', /not both/],
  [{ size: undefined }, 'MissingParameter', /Give size/],
])('%j is refused', async (parameters, code, words) => {
  const refused = extend(parameters);
  await expect(refused).rejects.toMatchObject({ code, message: expect.stringMatching(words) });
  expect((await describe()).modificationState).toBeUndefined();
  expect(orders()).toEqual([]);
});

test('nobody extends the volume of another', async () => {
  await expect(extend({}, BOB)).rejects.toMatchObject({ code: 'InvalidVolume.NotFound' });
});

test('while it is modifying nothing else is begun with it, but tags', async () => {
  await extend();
  const wait = {
    code: 'IncorrectState',
    message: expect.stringContaining('is being extended; wait'),
  };
  await expect(extend({ size: 4 })).rejects.toMatchObject(wait);
  await expect(site.call(createSnapshot, { volumeId })).rejects.toMatchObject(wait);
  await expect(site.call(deleteVolume, { volumeId })).rejects.toMatchObject(wait);
  for (const attachMode of ['r', 'w'] as const) {
    await expect(site.attach(volumeId, { attachMode })).rejects.toMatchObject(wait);
  }
  const resourcesSet = { item: [{ resourceId: volumeId }] };
  await site.call(createTags, { resourcesSet, tagSet: { item: [{ key: 'a' }] } });
  expect(orders()).toHaveLength(1);
});

test('while something else is done with it, it is not extended', async () => {
  const { snapshotId } = await site.call(createSnapshot, { volumeId });
  const copied = { code: 'IncorrectState', message: expect.stringContaining('snapshot') };
  await expect(extend()).rejects.toMatchObject(copied);
  await site.tell(snapshotId, 'available');
  await site.call(deleteVolume, { volumeId });
  const deleted = { code: 'IncorrectState', message: expect.stringContaining('is deleting') };
  await expect(extend()).rejects.toMatchObject(deleted);
});

test('quotas count the bytes that are added, from the beginning', async () => {
  Object.assign(site.frontEnd, { quotas: { gib: 4 } });
  await site.volume();
  await expect(extend({ size: 4 })).rejects.toMatchObject({ code: 'VolumeLimitExceeded' });
  await extend({ size: 3 });
  const used = async () =>
    (await site.call(describeLimits, {})).limitSet.item.find(({ name }) => name === 'gib')?.used;
  expect(await used()).toBe(4);
  await site.tell(volumeId, 'failure : cmd error', 'dd');
  expect(await used()).toBe(2);
});

test('one that is modifying is found as available, and by its state', async () => {
  await extend();
  const found = async (name: string, value: string) => {
    const filterSet = { item: [{ name, valueSet: { item: [{ value }] } }] };
    return (await site.call(describeVolumes, { filterSet })).volumeSet.item.length;
  };
  expect(await found('status', 'available')).toBe(1);
  expect(await found('status', 'in-use')).toBe(0);
  expect(await found('modification-state', 'modifying')).toBe(1);
  expect(await found('modification-state', 'failed')).toBe(0);
});

test('one retry extends a volume once', async () => {
  const request = { clientToken: 'once' };
  const answers = await Promise.all([extend(request), extend(request)]);
  expect(answers.map(({ modificationState }) => modificationState)).toEqual([
    'modifying',
    'modifying',
  ]);
  await site.tell(volumeId, 'available');
  expect(await extend(request)).toMatchObject({ size: 3, modificationState: 'completed' });
  expect(orders()).toHaveLength(1);
  const other = extend({ ...request, size: 4 });
  await expect(other).rejects.toMatchObject({ code: 'IdempotentParameterMismatch' });
});

test.each([
  ['there is no room', new ServiceFault('InsufficientVolumeCapacity', 'There is no room.')],
  ['nobody can be reached', NOT_DELIVERED],
])('if %s, nothing was begun', async (_case, refusal) => {
  site.a.refusal = refusal;
  site.b.refusal = refusal;
  const code = refusal instanceof ServiceFault ? refusal.code : 'Unavailable';
  await expect(extend({ clientToken: 'again' })).rejects.toMatchObject({ code });
  expect(await describe()).toMatchObject({ status: 'available', size: 1 });
  expect((await describe()).modificationState).toBeUndefined();
  site.a.refusal = undefined;
  site.b.refusal = undefined;
  expect(await extend({ clientToken: 'again' })).toMatchObject(MODIFYING);
});

test('a lost order, or a lost report, is found by the reconciler', async () => {
  site.a.lostAnswer = NO_ANSWER;
  site.b.lostAnswer = NO_ANSWER;
  expect(await extend()).toMatchObject(MODIFYING);
  site.a.lostAnswer = undefined;
  site.b.lostAnswer = undefined;
  const { orderId = '' } = orders()[0] ?? {};
  for (const delegate of [site.a, site.b]) {
    if (delegate.jobs.has(orderId)) delegate.jobs.set(orderId, { state: 'available' });
  }
  await site.age();
  await reconcileFiles(site.frontEnd, log);
  expect(await describe()).toMatchObject({ size: 3, modificationState: 'completed' });
});

test('the order of a silent delegate is passed on, and its late report changes nothing', async () => {
  await extend();
  const [first] = orders();
  const { delegate } = await site.database('volumes').where({ id: volumeId }).first();
  await site.silence(delegate);
  await site.endLeases();
  await reconcileFiles(site.frontEnd, log);
  const second = orders().find(({ orderId }) => orderId !== first?.orderId);
  expect(second?.request).toMatchObject({ fromBytes: GIB, sizeBytes: 3 * GIB });
  const late = { volumeId, orderId: first?.orderId ?? '' };
  await site.call(updateVolumeStatus, { ...late, status: 'failure : cmd error' });
  expect(await describe()).toMatchObject(MODIFYING);
  await site.tell(volumeId, 'available');
  expect(await describe()).toMatchObject({ size: 3, modificationState: 'completed' });
});

test('a repeated order that is refused has failed', async () => {
  await extend();
  const refusal = new ServiceFault('InsufficientVolumeCapacity', 'There is no room.');
  site.a.refusal = refusal;
  site.b.refusal = refusal;
  await site.age();
  await reconcileFiles(site.frontEnd, log);
  expect(await describe()).toMatchObject({
    ...{ status: 'available', size: 1, modificationState: 'failed' },
    modificationMessage: 'There is no room.',
  });
});

test('its file may have any size meanwhile, and the name of its order', async () => {
  await extend();
  const [order] = orders();
  const part = { name: `.${volumeId}.${3 * GIB}.${order?.orderId}.part`, orderId: order?.orderId };
  site.a.files = [
    { name: volumeId, sizeBytes: 2 * GIB },
    { ...part, sizeBytes: 2 * GIB },
  ];
  const nothing = { strays: [], lost: [], found: [] };
  expect(await lookAtFiles(site.database, site.a.client)).toEqual(nothing);
  await site.tell(volumeId, 'failure : cmd error', 'dd');
  const findings = await lookAtFiles(site.database, site.a.client);
  expect(findings.strays).toMatchObject([part]);
  expect(findings.lost).toMatchObject([{ record: { id: volumeId } }]);
});

test('progress is that of what is added', async () => {
  await extend();
  await site
    .database('volumes')
    .where({ id: volumeId })
    .update({ bytes_done: 1.5 * GIB });
  expect(await describe()).toMatchObject({ progress: '25%', bytesDone: 1.5 * GIB });
  await site.tell(volumeId, 'available');
  expect((await describe()).progress).toBeUndefined();
});
