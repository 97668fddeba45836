import { exchangeFolderOf } from '@vbs-lustre/shared/exchange';
import { ServiceFault } from '@vbs-lustre/shared/faults';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { reconcileFiles } from '../reconcile/files.js';
import {
  ALICE,
  BOB,
  GIB,
  log,
  NO_ANSWER,
  NOT_DELIVERED,
  openSite,
  type Site,
} from '../testing/site.js';
import { describeLimits } from './describeLimits.js';
import { describeVolume } from './describeVolume.js';
import { importVolume } from './importVolume.js';

const MIB = 1024 ** 2;
const FILE = { fileName: 'disk.img' };
let site: Site;

beforeEach(async () => {
  site = await openSite();
  put(5 * MIB + 1);
});
afterEach(() => site.close());

/** Alice has a file of so many bytes in her folder. */
function put(bytes: number): void {
  for (const delegate of [site.a, site.b]) delegate.exchange?.set(`${ALICE} disk.img`, bytes);
}
const orders = () => [...site.a.received, ...site.b.received].map(({ request }) => request);

test('a volume of the size of the file, rounded up, is ordered with the file', async () => {
  const { volumeId, ...volume } = await site.call(importVolume, FILE);
  expect(volume).toMatchObject({ status: 'pending', sizeBytes: 6 * MIB, size: 1 });
  expect(orders()).toMatchObject([
    {
      volumeId,
      sizeBytes: 6 * MIB,
      importFrom: { owner: ALICE, fileName: 'disk.img', sizeBytes: 5 * MIB + 1 },
    },
  ]);
  await site.tell(volumeId, 'available');
  expect(await site.call(describeVolume, { volumeId })).toMatchObject({ status: 'available' });
});

test('it may be larger, by the GiB or the MiB, and not smaller', async () => {
  const larger = await site.call(importVolume, { ...FILE, size: 1, format: 'raw' });
  expect(larger).toMatchObject({ sizeBytes: GIB });
  expect(await site.call(importVolume, { ...FILE, sizeMiB: 7 })).toMatchObject({
    sizeBytes: 7 * MIB,
  });
  const refused = site.call(importVolume, { ...FILE, sizeMiB: 5 });
  await expect(refused).rejects.toThrow(`must have at least the ${5 * MIB + 1} bytes of the file`);
  put(101 * GIB);
  await expect(site.call(importVolume, FILE)).rejects.toThrow('at most 100 GiB');
});

test.each([
  '../disk.img',
  '/etc/passwd',
  '.disk',
  '-f',
  'a b',
  '',
  'a/b',
  'a\0',
  'ü',
  'x'.repeat(129),
])('%j is refused before anybody is asked', async (fileName) => {
  site.a.blind = site.b.blind = new Error('asked');
  await expect(site.call(importVolume, { fileName })).rejects.toMatchObject({
    code: 'InvalidParameterValue',
  });
});

test('only a raw file is taken, and one that has something in it', async () => {
  const qcow2 = site.call(importVolume, { ...FILE, format: 'qcow2' });
  await expect(qcow2).rejects.toMatchObject({ code: 'InvalidParameterValue' });
  put(0);
  const folder = exchangeFolderOf(ALICE);
  await expect(site.call(importVolume, FILE)).rejects.toThrow(
    `The file disk.img in your exchange folder ${folder} is empty.`,
  );
  expect(await site.database('volumes')).toEqual([]);
});

test('everybody has files of his own', async () => {
  await expect(site.call(importVolume, FILE, BOB)).rejects.toThrow('missing');
  const { exchangeFolder } = await site.call(describeLimits, {}, BOB);
  expect(exchangeFolder).toBe(exchangeFolderOf(BOB));
});

test('a site without an exchange directory says so', async () => {
  site.a.exchange = site.b.exchange = undefined;
  await expect(site.call(importVolume, FILE)).rejects.toMatchObject({
    code: 'UnsupportedOperation',
  });
});

test('when no delegate can look, that passes', async () => {
  site.a.blind = site.b.blind = NO_ANSWER;
  await expect(site.call(importVolume, FILE)).rejects.toMatchObject({ code: 'Unavailable' });
});

test('one retry makes one volume, also when the file is gone', async () => {
  const request = { ...FILE, clientToken: 'token' };
  const { volumeId } = await site.call(importVolume, request);
  for (const delegate of [site.a, site.b]) delegate.exchange?.clear();
  expect(await site.call(importVolume, request)).toMatchObject({ volumeId });
  expect(orders()).toHaveLength(1);
});

test('a dry run looks, and leaves nothing', async () => {
  const dry = site.call(importVolume, { ...FILE, dryRun: true });
  await expect(dry).rejects.toMatchObject({ code: 'DryRunOperation' });
  expect(await site.database('volumes')).toEqual([]);
  const missing = site.call(importVolume, { fileName: 'other', dryRun: true });
  await expect(missing).rejects.toThrow('missing');
});

test('quotas count it as a volume', async () => {
  Object.assign(site.frontEnd, { quotas: { volumes: 1 } });
  await site.call(importVolume, FILE);
  await expect(site.call(importVolume, FILE)).rejects.toMatchObject({
    code: 'VolumeLimitExceeded',
  });
});

test('an order that was lost, or is passed on, still names the file', async () => {
  site.a.refusal = NO_ANSWER;
  const { volumeId } = await site.call(importVolume, FILE);
  site.a.refusal = undefined;
  await site.age();
  await reconcileFiles(site.frontEnd, log);
  await site.silence('a');
  await site.endLeases();
  await reconcileFiles(site.frontEnd, log);
  const importFrom = { owner: ALICE, fileName: 'disk.img', sizeBytes: 5 * MIB + 1 };
  expect(orders()).toMatchObject([{ importFrom }, { importFrom }, { volumeId, importFrom }]);
});

test('without room, or anybody who takes the order, nothing is left', async () => {
  site.a.refusal = new ServiceFault('InsufficientVolumeCapacity', 'full');
  const full = site.call(importVolume, { ...FILE, clientToken: 'token' });
  await expect(full).rejects.toMatchObject({ code: 'InsufficientVolumeCapacity' });
  site.a.refusal = site.b.refusal = NOT_DELIVERED;
  await expect(site.call(importVolume, FILE)).rejects.toMatchObject({ code: 'Unavailable' });
  expect(await site.database('volumes')).toEqual([]);
  expect(await site.database('client_tokens')).toEqual([]);
});
