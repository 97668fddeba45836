import { exchangeFolderOf } from '@vbs-lustre/shared/exchange';
import { ServiceFault } from '@vbs-lustre/shared/faults';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { purgeExports } from '../metadata/exports.js';
import { FileComparison } from '../reconcile/fileComparison.js';
import { reconcileFiles } from '../reconcile/files.js';
import { Looks } from '../reconcile/looks.js';
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
import { deleteSnapshot } from './deleteSnapshot.js';
import { deleteVolume } from './deleteVolume.js';
import { describeEvents } from './describeEvents.js';
import { describeExportTasks } from './describeExportTasks.js';
import { describeLimits } from './describeLimits.js';
import { exportVolume } from './exportVolume.js';

const FAILURE = 'failure : cmd error';
const FILE = { fileName: 'disk.img' };
let site: Site;
let volumeId: string;

beforeEach(async () => {
  site = await openSite();
  volumeId = await site.volume();
});
afterEach(() => site.close());

const begin = async (other: object = {}) =>
  (await site.call(exportVolume, { volumeId, ...FILE, ...other })).exportTask;
const tasks = async () => (await site.call(describeExportTasks, {})).exportTaskSet.item;
const orders = () =>
  [...site.a.received, ...site.b.received].filter(({ operation }) => operation === 'ExportFile');

test('a task is active until its file is there, and the volume stays as it is meanwhile', async () => {
  const { exportTaskId, ...task } = await begin();
  expect(task).toMatchObject({
    ...{ volumeId, ...FILE, state: 'active', sizeBytes: GIB },
    exchangeFolder: exchangeFolderOf(ALICE),
  });
  const order = { exportTaskId, sourceId: volumeId, sizeBytes: GIB, owner: ALICE, ...FILE };
  expect(orders()).toMatchObject([{ request: order }]);
  await expect(site.attach(volumeId)).rejects.toThrow();
  await site.attach(volumeId, { attachMode: 'r' });
  await expect(site.call(deleteVolume, { volumeId })).rejects.toMatchObject({
    code: 'VolumeInUse',
  });
  await site.tell(exportTaskId, 'available');
  expect(await tasks()).toMatchObject([{ exportTaskId, state: 'completed' }]);
  expect(await site.database('volumes').select('copies')).toEqual([{ copies: 0 }]);
});

test('a volume that is extended before it is held is not exported at its old size', async () => {
  for (const { client } of [site.a, site.b]) {
    const look = client.DescribeExchangeFile;
    client.DescribeExchangeFile = async (request) => {
      await site.database('volumes').update({ size_bytes: 2 * GIB });
      return look(request);
    };
  }
  await expect(begin()).rejects.toMatchObject({ code: 'IncorrectState' });
  expect(orders()).toEqual([]);
  expect(await site.database('volumes').select('copies')).toEqual([{ copies: 0 }]);
  expect(await begin()).toMatchObject({ sizeBytes: 2 * GIB });
});

test('a volume that is being extended is not exported, and the fault says what to wait for', async () => {
  await site.database('volumes').update({ status: 'modifying' });
  await expect(begin()).rejects.toThrow(`${volumeId} is being extended; wait until`);
  expect(orders()).toEqual([]);
});

test('a snapshot is exported too, and not deleted before that has ended', async () => {
  const snapshotId = await site.snapshot(volumeId);
  const { exportTask } = await site.call(exportVolume, { snapshotId, ...FILE });
  expect(exportTask).toMatchObject({ snapshotId, volumeId: undefined, state: 'active' });
  await expect(site.call(deleteSnapshot, { snapshotId })).rejects.toMatchObject({
    code: 'InvalidSnapshot.InUse',
  });
  await site.tell(exportTask.exportTaskId, FAILURE, 'there is a file disk.img already');
  const failed = { state: 'failed', statusMessage: 'there is a file disk.img already' };
  expect(await tasks()).toMatchObject([failed]);
  await site.call(deleteSnapshot, { snapshotId });
});

test('a volume that is written, or is not available, is not exported', async () => {
  await site.attach(volumeId);
  await expect(begin()).rejects.toThrow(`${volumeId} is attached for writing; detach it first.`);
  const { volumeId: other } = { volumeId: await site.volume() };
  await site.database('volumes').where({ id: other }).update({ status: 'deleting' });
  await expect(begin({ volumeId: other })).rejects.toMatchObject({ code: 'IncorrectState' });
  expect(await tasks()).toEqual([]);
});

test('it has to be one volume or one snapshot, and the caller’s', async () => {
  const snapshotId = await site.snapshot(volumeId);
  await expect(begin({ snapshotId })).rejects.toMatchObject({
    code: 'InvalidParameterCombination',
  });
  await expect(site.call(exportVolume, FILE)).rejects.toMatchObject({ code: 'MissingParameter' });
  const bobs = site.call(exportVolume, { volumeId, ...FILE }, BOB);
  await expect(bobs).rejects.toMatchObject({ code: 'InvalidVolume.NotFound' });
});

test('a name that is no file’s, or that is taken, is refused', async () => {
  await expect(begin({ fileName: '../disk.img' })).rejects.toMatchObject({
    code: 'InvalidParameterValue',
  });
  for (const delegate of [site.a, site.b]) delegate.exchange?.set(`${ALICE} disk.img`, 5);
  await expect(begin()).rejects.toThrow('disk.img: 5');
  site.a.exchange = site.b.exchange = undefined;
  await expect(begin()).rejects.toMatchObject({ code: 'UnsupportedOperation' });
});

test('one retry makes one task, and a dry run none', async () => {
  await expect(begin({ dryRun: true })).rejects.toMatchObject({ code: 'DryRunOperation' });
  expect(await tasks()).toEqual([]);
  const { exportTaskId } = await begin({ clientToken: 'token' });
  for (const delegate of [site.a, site.b]) delegate.exchange?.set(`${ALICE} disk.img`, GIB);
  expect(await begin({ clientToken: 'token' })).toMatchObject({ exportTaskId });
  expect(orders()).toHaveLength(1);
  expect(await site.database('volumes').select('copies')).toEqual([{ copies: 1 }]);
});

test('everybody sees his own tasks, page by page', async () => {
  const ids = [];
  for (const fileName of ['a', 'b', 'c']) ids.push((await begin({ fileName })).exportTaskId);
  const first = await site.call(describeExportTasks, { maxResults: 2 });
  const rest = await site.call(describeExportTasks, { nextToken: first.nextToken });
  const shown = [first, rest].flatMap(({ exportTaskSet }) => exportTaskSet.item);
  expect(shown.map(({ exportTaskId }) => exportTaskId)).toEqual(ids);
  const [exportTaskId = ''] = ids;
  const one = { exportTaskSet: { item: [{ exportTaskId }] } };
  expect((await site.call(describeExportTasks, one)).exportTaskSet.item).toHaveLength(1);
  await expect(site.call(describeExportTasks, one, BOB)).rejects.toMatchObject({
    code: 'InvalidExportTaskID.NotFound',
  });
  expect(await site.call(describeExportTasks, {}, BOB)).toMatchObject({
    exportTaskSet: { item: [] },
  });
});

test('there can be so many at once', async () => {
  Object.assign(site.frontEnd, { quotas: { exports: 1 } });
  const { exportTaskId } = await begin();
  const limit = { name: 'exports', used: 1, limit: 1 };
  expect((await site.call(describeLimits, {})).limitSet.item).toContainEqual(limit);
  const second = begin({ fileName: 'b' });
  await expect(second).rejects.toMatchObject({ code: 'RequestLimitExceeded' });
  await expect(second).rejects.toThrow('wait until one of them has ended');
  await site.tell(exportTaskId, 'available');
  await begin({ fileName: 'b' });
});

test('an order that was lost is given again, and one of a silent delegate to another', async () => {
  site.b.refusal = NO_ANSWER;
  const { exportTaskId } = await begin();
  site.b.refusal = undefined;
  await site.age();
  await reconcileFiles(site.frontEnd, log);
  await site.silence('b');
  await site.endLeases();
  await reconcileFiles(site.frontEnd, log);
  const request = { exportTaskId, sourceId: volumeId, owner: ALICE, ...FILE };
  expect(orders()).toMatchObject([{ request }, { request }, { request }]);
  expect(await site.call(describeEvents, { resourceId: exportTaskId })).toMatchObject({
    eventSet: { item: [{ action: 'order-passed-on' }] },
  });
  // The first one comes back: nobody waits for it.
  const order = site.b.received.at(-1)?.orderId as string;
  site.b.jobs.set(order, { state: 'available' });
  await site.tell(exportTaskId, 'available');
  expect(await tasks()).toMatchObject([{ state: 'completed' }]);
});

test('without anybody who takes the order nothing is left', async () => {
  site.a.refusal = site.b.refusal = NOT_DELIVERED;
  await expect(begin({ clientToken: 't' })).rejects.toMatchObject({ code: 'Unavailable' });
  site.a.refusal = site.b.refusal = new ServiceFault('InsufficientVolumeCapacity', 'full');
  await expect(begin({ clientToken: 't' })).rejects.toMatchObject({
    code: 'InsufficientVolumeCapacity',
  });
  expect(await tasks()).toEqual([]);
  expect(await site.database('client_tokens')).toEqual([]);
  expect(await site.database('volumes').select('copies')).toEqual([{ copies: 0 }]);
});

test('parts of an export are waited for until it has ended, whatever order they are of', async () => {
  const { exportTaskId } = await begin();
  const orderId = 'ord-0123456789abcdef0';
  const part = { name: `.${exportTaskId}.${GIB}.${orderId}.part`, sizeBytes: GIB, orderId };
  site.a.files = site.b.files = [{ name: volumeId, sizeBytes: GIB }, part];
  let now = 0;
  const looks = new Looks(() => now);
  const look = async () => {
    now += 30_000;
    await new FileComparison(site.frontEnd, log, looks).pass();
  };
  const moved = () => [...site.a.aside, ...site.b.aside].map(({ name }) => name);
  for (let times = 0; times < 3; times++) await look();
  expect(moved()).toEqual([]);
  await site.tell(exportTaskId, 'available');
  for (let times = 0; times < 3; times++) await look();
  expect(new Set(moved())).toEqual(new Set([part.name]));
});

test('what has ended is shown for a week, and what is active as long as it takes', async () => {
  const done = (await begin()).exportTaskId;
  const active = (await begin({ fileName: 'b' })).exportTaskId;
  await site.tell(done, 'available');
  const changed_at = new Date(Date.now() - 7 * 86_400_000 + 60_000).toISOString();
  await site.database('exports').update({ changed_at });
  await purgeExports(site.database);
  expect(await tasks()).toHaveLength(2);
  const before = new Date(Date.now() - 7 * 86_400_000 - 60_000).toISOString();
  await site.database('exports').update({ changed_at: before });
  await purgeExports(site.database);
  expect(await tasks()).toMatchObject([{ exportTaskId: active }]);
});
