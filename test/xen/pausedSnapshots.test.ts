import { randomUUID } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { LabGuest } from '@vbs-lustre/lab/agent/labGuest';
import { XenDelegate } from '@vbs-lustre/lab/xen/xenDelegate';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { COPYING, standingCopy } from '../support/heldCopies.js';
import {
  blocksOf,
  expectMoment,
  goesOn,
  stopWriting,
  writeAlways,
  written,
} from '../support/numberedBlocks.js';
import { Testbed, until, whenAvailable } from '../support/testbed.js';

// A host under emulation on a machine that may have other things to do.
vi.setConfig({ testTimeout: 900_000, hookTimeout: 1_200_000 });
const LIMIT_MS = 300_000;
const MIB = 2 ** 20;
const SIZE_MIB = 4;
/** So much takes a while to be copied. */
const LARGE_MIB = 192;
const ENOUGH_MS = 600_000;
const SETTINGS = { hypervisorTimeoutSeconds: 100, maxPauseMilliseconds: ENOUGH_MS };

let testbed: Testbed;
let xen: XenDelegate;
let vm: LabGuest;

beforeAll(async () => {
  testbed = await Testbed.start({
    vmmDelegates: [{ name: 'xen1', isOnXen: true, settings: SETTINGS }],
    frontEndSettings: { reconcileSeconds: 2, delegateTimeoutSeconds: 60, heartbeatSeconds: 5 },
  });
  xen = await XenDelegate.boot(testbed.deployment, 'xen1', ['vm1']);
  await xen.start();
  vm = await xen.host.startGuest('vm1');
});

afterAll(async () => {
  await xen?.host.stop();
  await testbed?.stop();
});

/** @returns the id of a volume that vm1 has for writing */
async function attached(sizeMiB: number): Promise<string> {
  const volumeId = await testbed.volume(sizeMiB);
  const place = { instanceId: 'vm1', vmm: 'xen1', device: 'xvdb', attachMode: 'w' } as const;
  const request = { volumeId, ...place, clientToken: randomUUID() };
  await whenAvailable(() => testbed.alice.AttachVolume(request));
  await vm.waitForDisk('xvdb', LIMIT_MS);
  // An answer that took long may have been missed.
  await until(
    `${volumeId} is attached`,
    async () => ((await attachmentOf(volumeId))?.status === 'attached' ? true : undefined),
    LIMIT_MS,
  );
  return volumeId;
}

const attachmentOf = async (volumeId: string) =>
  (await testbed.alice.DescribeVolume({ volumeId })).attachmentSet.item[0];

/** The reconciler may be ending a detach that a killed delegate has not answered. */
const NOT_NOW = ['Unavailable', 'InvalidAttachment.NotFound'];

async function detached(volumeId: string): Promise<true | undefined> {
  if (!(await attachmentOf(volumeId))) return true;
  await testbed.alice.DetachVolume({ volumeId }).catch((error) => {
    if (!NOT_NOW.includes(error.code)) throw error;
  });
  return undefined;
}

async function removed(volumeId: string, ...snapshotIds: string[]): Promise<void> {
  await until(`${volumeId} is detached`, () => detached(volumeId), LIMIT_MS);
  await vm.waitForDiskGone('xvdb', LIMIT_MS);
  for (const snapshotId of snapshotIds) await testbed.alice.DeleteSnapshot({ snapshotId });
  await testbed.alice.DeleteVolume({ volumeId });
  await until(
    'nothing is left',
    async () => ((await testbed.files()).length === 0 ? true : undefined),
    LIMIT_MS,
  );
}

// An emulated host may take longer to begin than is waited for.
const snapshotOf = (volumeId: string, maxPauseMilliseconds?: number) => {
  const request = { volumeId, maxPauseMilliseconds, clientToken: randomUUID() };
  return whenAvailable(() => testbed.alice.CreateSnapshot(request), LIMIT_MS);
};

const settled = (snapshotId: string) =>
  until(
    `${snapshotId} has settled`,
    async () => {
      const snapshot = await testbed.alice.DescribeSnapshot({ snapshotId });
      return snapshot.status === 'pending' ? undefined : snapshot;
    },
    LIMIT_MS,
  );

/** A deletion that began while its delegate was away ends later; until then the volume is being copied. */
const gone = (snapshotId: string) =>
  until(
    `${snapshotId} is gone`,
    () =>
      testbed.alice.DescribeSnapshot({ snapshotId }).then(
        () => undefined,
        (error) => {
          if (error.code === 'InvalidSnapshot.NotFound') return true;
          throw error;
        },
      ),
    LIMIT_MS,
  );

/** Has a copy stand still: the domain is paused, and only what a test does goes on. */
async function standing(volumeId: string): Promise<string> {
  const must = (script: string) => xen.host.must(script, LIMIT_MS);
  const { snapshotId, consistency } = await standingCopy(must, () =>
    snapshotOf(volumeId, ENOUGH_MS),
  );
  expect(consistency).toBe('crash-consistent');
  expect(await isPaused()).toBe(true);
  return snapshotId;
}

const isPaused = async () => / --p--- /.test(await xen.host.must('xl list vm1'));
const running = () =>
  until('vm1 runs', async () => ((await isPaused()) ? undefined : true), LIMIT_MS);
const failed = { status: 'failure : cmd error' };
const numbersOf = (id: string) =>
  blocksOf(join(testbed.deployment.layout.volumes, id), SIZE_MIB * MIB);

it('is of one moment, if the owner lets the machine be paused; else it is told how', async () => {
  const { alice } = testbed;
  const volumeId = await attached(SIZE_MIB);
  await writeAlways(vm, 'xvdb', SIZE_MIB * MIB);
  const refusal = await snapshotOf(volumeId).catch((error) => error);
  expect(refusal).toMatchObject({
    code: 'IncorrectState',
    message: expect.stringMatching(
      /about \d+ ms: allow .*maxPauseMilliseconds=\d+; or detach.*force=true/,
    ),
  });
  expect(parts()).toEqual([]);
  const before = await written(vm);
  const { snapshotId, consistency } = await snapshotOf(volumeId, ENOUGH_MS);
  expect(consistency).toBe('crash-consistent');
  expect(await settled(snapshotId)).toMatchObject({
    ...{ status: 'available', consistency: 'crash-consistent', creationMethod: 'copy' },
  });
  const after = await written(vm);
  await goesOn(vm, after);
  expectMoment(numbersOf(snapshotId), { before, after });
  await stopWriting(vm);

  const { volumeId: copyId } = await alice.CreateVolume({ snapshotId });
  expect(await testbed.settled(copyId)).toMatchObject({ snapshotConsistency: 'crash-consistent' });
  expect(numbersOf(copyId)).toEqual(numbersOf(snapshotId));
  await alice.DeleteVolume({ volumeId: copyId });
  await removed(volumeId, snapshotId);
});

it('does not keep a machine paused whose VMM Delegate is killed: the next one lets it go on', async () => {
  const { alice } = testbed;
  const volumeId = await attached(LARGE_MIB);
  const snapshotId = await standing(volumeId);
  const copied = { code: 'VolumeInUse' };
  await expect(alice.DeleteVolume({ volumeId })).rejects.toMatchObject(copied);
  const waits = { code: 'IncorrectState' };
  await expect(alice.ModifyVolume({ volumeId, sizeMiB: 256 })).rejects.toMatchObject(waits);
  await xen.kill();
  await until(
    'nobody copies any more',
    async () => ((await xen.host.must(COPYING)) === '' ? true : undefined),
    LIMIT_MS,
  );
  expect(await isPaused()).toBe(true);
  await xen.start();
  await running();
  expect(await settled(snapshotId)).toMatchObject({
    ...{ ...failed, statusMessage: expect.stringMatching(/started anew/) },
  });
  expect(parts()).toEqual([]);
  await removed(volumeId, snapshotId);
});

it('does not need the other services while it copies', async () => {
  const { deployment } = testbed;
  const volumeId = await attached(LARGE_MIB);
  const snapshotId = await standing(volumeId);
  for (const name of ['volume-delegate', 'vbslustre']) {
    await deployment.service(name).kill();
    await deployment.restart(name);
  }
  await xen.host.must(`kill -CONT $(${COPYING})`);
  await running();
  expect(await settled(snapshotId)).toMatchObject({
    ...{ status: 'available', consistency: 'crash-consistent' },
  });
  await removed(volumeId, snapshotId);
});

const GIVEN_UP = {
  DetachVolume: (volumeId: string) => testbed.alice.DetachVolume({ volumeId }),
  DeleteSnapshot: (_: string, snapshotId: string) => testbed.alice.DeleteSnapshot({ snapshotId }),
};

it.each([
  ['DetachVolume', 'goes on'],
  ['DetachVolume', 'is killed'],
  ['DeleteSnapshot', 'goes on'],
  ['DeleteSnapshot', 'is killed'],
] as const)('is given up by %s while the delegate %s', async (call, delegate) => {
  const volumeId = await attached(LARGE_MIB);
  const snapshotId = await standing(volumeId);
  const outcome = whenAvailable<unknown>(() => GIVEN_UP[call](volumeId, snapshotId), LIMIT_MS);
  const ended = outcome.then(
    () => undefined,
    ({ code }) => code,
  );
  if (delegate === 'is killed') {
    await xen.kill();
    await xen.start();
  }
  await running();
  // One that was repeated may find that it is done.
  expect([undefined, 'InvalidAttachment.NotFound', 'InvalidSnapshot.NotFound']).toContain(
    await ended,
  );
  if (call === 'DeleteSnapshot') {
    await gone(snapshotId);
    return removed(volumeId);
  }
  expect(await settled(snapshotId)).toMatchObject(failed);
  return removed(volumeId, snapshotId);
});

const parts = () =>
  readdirSync(testbed.deployment.layout.volumes).filter((name) => name.endsWith('.part'));
