import { ServiceFault } from '@vbs-lustre/shared/faults';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createSnapshot } from './operations/createSnapshot.js';
import { deleteVolume } from './operations/deleteVolume.js';
import { describeSnapshot } from './operations/describeSnapshot.js';
import { detachVolume } from './operations/detachVolume.js';
import { modifyVolume } from './operations/modifyVolume.js';
import { reconcileCopies } from './reconcile/copies.js';
import { reconcileFiles } from './reconcile/files.js';
import { GIB, log, NO_ANSWER, NOT_DELIVERED, openSite, type Site } from './testing/site.js';

/** After which an order to begin a copy is surely not carried out any more. */
const PATIENCE_MS = 60_000;

let site: Site;
let volumeId: string;

/** A volume that vm1 writes, on a host that can copy it meanwhile. */
beforeEach(async () => {
  site = await openSite();
  await site.announce('vmm', 'host1', { copies: true });
  volumeId = await site.volume();
  await site.attach(volumeId);
});
afterEach(() => site.close());

const create = (other = {}) => site.call(createSnapshot, { volumeId, ...other });
const describeIt = (snapshotId: string) => site.call(describeSnapshot, { snapshotId });
const reconcile = (patienceMs = PATIENCE_MS) => reconcileCopies(site.frontEnd, patienceMs, log);
const prepared = () => [...site.a.prepared, ...site.b.prepared];
const finishing = () =>
  [...site.a.received, ...site.b.received].filter(
    ({ operation }) => operation === 'CreateSnapshotFile',
  );

describe('CreateSnapshot of what a machine writes', () => {
  test('has its file prepared and its copy begun before it is answered', async () => {
    const { snapshotId, ...snapshot } = await create();
    expect(snapshot).toMatchObject({ status: 'pending', consistency: 'crash-consistent' });
    expect(prepared()).toEqual([snapshotId]);
    expect(site.host1.copyOrders).toMatchObject([
      { snapshotId, volumeId, vmm: 'host1', instanceId: 'vm1', device: 'xvdb', sizeBytes: GIB },
    ]);
    expect(finishing()).toEqual([]);
    const deletion = site.call(deleteVolume, { volumeId });
    await expect(deletion).rejects.toMatchObject({ code: 'VolumeInUse' });
  });

  test('says for how long the machine may be paused, if its owner does', async () => {
    await create();
    expect(site.host1.copyOrders.at(-1)?.maxPauseMilliseconds).toBeUndefined();
    await create({ maxPauseMilliseconds: 0 });
    expect(site.host1.copyOrders.at(-1)).toMatchObject({ maxPauseMilliseconds: 0 });
    for (const maxPauseMilliseconds of [-1, 600_001]) {
      const refused = { code: 'InvalidParameterValue' };
      await expect(create({ maxPauseMilliseconds })).rejects.toMatchObject(refused);
    }
  });

  test('is refused where the host cannot do it, is silent, or somebody comes or goes', async () => {
    const refused = { code: 'IncorrectState', message: expect.stringMatching(/force=true/) };
    await site.database('attachments').update({ status: 'detaching' });
    await expect(create()).rejects.toMatchObject(refused);
    await site.database('attachments').update({ status: 'attached' });
    await site.silence('host1');
    await expect(create()).rejects.toMatchObject(refused);
    await site.announce('vmm', 'host1', { copies: false });
    await expect(create()).rejects.toMatchObject(refused);
    expect(await create({ force: true })).toMatchObject({ consistency: 'torn' });
  });

  test('and an extension of the volume exclude each other', async () => {
    await site.announce('vmm', 'host1', { copies: true, resizes: true });
    const extend = () => site.call(modifyVolume, { volumeId, size: 3 });
    const { snapshotId } = await create();
    const copied = {
      code: 'IncorrectState',
      message: expect.stringMatching(/A snapshot of .*wait/),
    };
    await expect(extend()).rejects.toMatchObject(copied);
    site.host1.copies.delete(snapshotId);
    await reconcile();
    await extend();
    const modifying = {
      code: 'IncorrectState',
      message: expect.stringMatching(/is being extended/),
    };
    await expect(create()).rejects.toMatchObject(modifying);
    await expect(create({ force: true })).rejects.toMatchObject(modifying);
    await site.tell(volumeId, 'available');
    const { size } = await create();
    expect(size).toBe(3);
    expect(site.host1.copyOrders.at(-1)).toMatchObject({ sizeBytes: 3 * GIB });
  });

  test.each([
    ['refuses', new ServiceFault('IncorrectState', 'not so'), 'IncorrectState'],
    ['is not reached', NOT_DELIVERED, 'Unavailable'],
  ])('leaves nothing if the host %s', async (_what, refusal, code) => {
    site.host1.refusal = refusal;
    await expect(create()).rejects.toMatchObject({ code });
    expect(prepared()).toEqual([]);
    expect(await site.database('snapshots')).toEqual([]);
  });

  test('leaves nothing if there is no room', async () => {
    site.a.refusal = site.b.refusal = new ServiceFault('InsufficientVolumeCapacity', 'no room');
    await expect(create()).rejects.toMatchObject({ code: 'InsufficientVolumeCapacity' });
    expect(site.host1.copyOrders).toEqual([]);
    expect(await site.database('snapshots')).toEqual([]);
  });

  test('tells nobody of a snapshot whose moment is not known', async () => {
    site.host1.lostAnswer = NO_ANSWER;
    const unknown = { code: 'Unavailable' };
    await expect(create({ clientToken: 'once' })).rejects.toMatchObject(unknown);
    await expect(create({ clientToken: 'once' })).rejects.toMatchObject(unknown);
    expect(site.host1.copyOrders).toHaveLength(1);
    site.host1.lostAnswer = undefined;
    await reconcile();
    const found = await create({ clientToken: 'once' });
    expect(found).toMatchObject({ status: 'pending', consistency: 'crash-consistent' });
    expect(site.host1.copyOrders).toHaveLength(1);
  });

  test('is forgotten if its copy never began, so that a retry begins one', async () => {
    site.host1.refusal = NO_ANSWER;
    await expect(create({ clientToken: 'once' })).rejects.toMatchObject({ code: 'Unavailable' });
    await reconcile();
    expect(await site.database('snapshots')).toHaveLength(1);
    await reconcile(-1);
    expect(await site.database('snapshots')).toEqual([]);
    expect(prepared()).toEqual([]);
    site.host1.refusal = undefined;
    expect(await create({ clientToken: 'once' })).toMatchObject({ status: 'pending' });
  });
});

describe('the reconciler', () => {
  test('tells how far a copy is', async () => {
    const { snapshotId } = await create();
    site.host1.copies.set(snapshotId, { state: 'running', bytesDone: GIB / 2 });
    await reconcile();
    expect(await describeIt(snapshotId)).toMatchObject({ status: 'pending', progress: '50%' });
    // Nobody else takes it for an order that was lost.
    await site.age();
    await site.endLeases();
    await reconcileFiles(site.frontEnd, log);
    expect(finishing()).toEqual([]);
  });

  test('has what is done finished, and forgotten by the host', async () => {
    const { snapshotId } = await create();
    site.host1.copies.set(snapshotId, { state: 'done', bytesDone: GIB });
    await reconcile();
    const [order, ...more] = finishing();
    expect(order).toMatchObject({ request: { snapshotId, volumeId, isFilled: true } });
    expect(more).toEqual([]);
    expect(site.host1.copies.size).toBe(0);
    await reconcile();
    expect(await describeIt(snapshotId)).toMatchObject({ status: 'pending' });
    await site.tell(snapshotId, 'available');
    expect(await describeIt(snapshotId)).toMatchObject({
      ...{ status: 'available', consistency: 'crash-consistent' },
    });
  });

  test('passes what is filled on under the same order: it is in the file’s name', async () => {
    const { snapshotId } = await create();
    site.host1.copies.set(snapshotId, { state: 'done', bytesDone: GIB });
    await reconcile();
    const { delegate } = await site.database('snapshots').first();
    await site.silence(delegate);
    await site.endLeases();
    await reconcileFiles(site.frontEnd, log);
    const orders = new Set(finishing().map(({ orderId }) => orderId));
    expect(finishing()).toHaveLength(2);
    expect(orders.size).toBe(1);
    expect((await site.database('snapshots').first()).delegate).not.toBe(delegate);
    await site.tell(snapshotId, 'available');
  });

  test.each([
    ['failed', { state: 'failed', bytesDone: 5, message: 'No space left' }, /No space left/],
    ['is gone', undefined, /vm1 ended, or the volume was taken from it/],
  ])('ends a snapshot whose copy %s, and its file', async (_what, copy, reason) => {
    const { snapshotId } = await create();
    site.host1.copies.delete(snapshotId);
    if (copy) site.host1.copies.set(snapshotId, copy);
    await reconcile();
    expect(await describeIt(snapshotId)).toMatchObject({
      ...{ status: 'failure : cmd error', statusMessage: expect.stringMatching(reason) },
    });
    expect(prepared()).toEqual([]);
    expect(site.host1.copies.size).toBe(0);
    await site.call(detachVolume, { volumeId });
    await site.call(deleteVolume, { volumeId });
  });

  test('waits for a Volume Delegate that can remove the file', async () => {
    const { snapshotId } = await create();
    site.host1.copies.delete(snapshotId);
    site.a.refusal = site.b.refusal = NOT_DELIVERED;
    await reconcile();
    expect(await site.status(snapshotId)).toBe('pending');
    site.a.refusal = site.b.refusal = undefined;
    await reconcile();
    expect(await site.status(snapshotId)).toBe('failure : cmd error');
  });

  test('gives a silent host time, and not for ever', async () => {
    const { snapshotId } = await create();
    site.host1.blind = NO_ANSWER;
    await reconcile();
    expect(await site.status(snapshotId)).toBe('pending');
    await site.endLeases();
    await reconcile();
    expect(await describeIt(snapshotId)).toMatchObject({
      ...{ status: 'failure : cmd error', statusMessage: expect.stringMatching(/host1 was not/) },
    });
  });
});
