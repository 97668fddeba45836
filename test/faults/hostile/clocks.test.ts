import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { VBSLustreClient } from '@vbs-lustre/client';
import { loadIdentity } from '@vbs-lustre/shared/trust/identity';
import { signedEnvelope } from '@vbs-lustre/shared/wssecurity/sign';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { NAMESPACE, send } from '../../support/raw.js';
import { Testbed, until } from '../../support/testbed.js';
import { Clock } from './clock.js';
import { expectAlive, expectPeace, type Pids, pidsOf } from './peace.js';

const PAUSE_MS = 500;
const HOUR_MS = 3_600_000;
const MESSAGE_EXPIRED = { code: 'wsu:MessageExpired' };
const [RIGHT, OTHER] = ['vbslustre', 'vbslustre-2'];
let testbed: Testbed;
let pids: Pids;
let folder: string;
/** Of the second front end, the Volume Delegate and the VMM Delegate. */
let clocks: Record<'frontEnd' | 'volumes' | 'host', Clock>;
/** Alice, at the second front end. */
let other: VBSLustreClient;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'vbs-clocks-'));
  const clockOf = (name: string) => new Clock(folder, name);
  clocks = { frontEnd: clockOf('frontEnd'), volumes: clockOf('volumes'), host: clockOf('host') };
  testbed = await Testbed.start({
    frontEnds: 2,
    frontEndSettings: { reconcileSeconds: 1, heartbeatSeconds: 3, delegateTimeoutSeconds: 20 },
    frontEndEnv: { [OTHER]: clocks.frontEnd.env },
    volumeDelegates: [{ env: clocks.volumes.env }],
    vmmDelegates: [{ env: clocks.host.env }],
  });
  other = await testbed.deployment.client('alice', OTHER);
  pids = pidsOf(testbed);
});

afterEach(() => {
  for (const clock of Object.values(clocks)) clock.set(0);
});

afterAll(async () => {
  await testbed?.stop();
  rmSync(folder, { recursive: true, force: true });
});

it.each([1, -1])(
  'refuses with a front end that is %i hours ahead, and goes on with another',
  async (hours) => {
    const kept = await testbed.volume(1);
    clocks.frontEnd.set(hours);
    const refusal = await refused(() => other.DescribeVolumes({}), 'is not believed');
    expect(refusal.message).toMatch(hours > 0 ? /it is from the future/ : /it is too old/);
    const reason = hours > 0 ? 'it is too old' : 'it is from the future';
    const { deployment } = testbed;
    await deployment.service(OTHER).waitForLog('not authenticated', { ...MESSAGE_EXPIRED, reason });
    const made = await testbed.volume(2);
    await expectPeace(testbed, pids);
    clocks.frontEnd.set(0);
    await works(() => other.DescribeVolumes({}));
    for (const volumeId of [kept, made]) await other.DeleteVolume({ volumeId });
    await expectPeace(testbed, pids);
  },
);

it('loses nothing while delegates are an hour ahead and an hour behind', async () => {
  const { alice, deployment } = testbed;
  const volumeId = await testbed.volume(1);
  const { volumeId: begun } = await alice.CreateVolume({ sizeMiB: 256 });
  clocks.volumes.set(1);
  clocks.host.set(-1);
  const create = () => alice.CreateVolume({ sizeMiB: 1 });
  const attach = () =>
    alice.AttachVolume({
      ...{ volumeId, instanceId: 'nobody', vmm: 'vmm1', device: 'xvdb', attachMode: 'w' },
    });
  // As long as they count as alive, an order may be told to be under way: an answer that is not believed proves nothing.
  await refused(create, 'No Volume Delegate can take an order');
  await refused(attach, 'The host vmm1');
  for (const [name, reason] of [
    ['volume-delegate', 'it is too old'],
    ['vmm1', 'it is from the future'],
  ] as const) {
    const service = deployment.service(name);
    await service.waitForLog('no front end hears this delegate');
    await service.waitForLog('not authenticated', { ...MESSAGE_EXPIRED, reason });
  }
  expectAlive(testbed, pids);
  clocks.volumes.set(0);
  clocks.host.set(0);
  await works(create);
  expect(await testbed.settled(begun)).toMatchObject({ status: 'available' });
  // Now it is the host itself that answers.
  await refused(attach, 'does not run on this host');
  await removeAll();
});

it('a front end whose clock is ahead forgets no message that another would obey again', async () => {
  const { deployment } = testbed;
  const { pki } = deployment.layout;
  const identity = await loadIdentity(`${pki}/alice.crt`, `${pki}/alice.key`);
  const content = `<CreateVolume xmlns="${NAMESPACE}"><sizeMiB>1</sizeMiB></CreateVolume>`;
  const sendTo = (name: string, text: string) => {
    const url = `https://127.0.0.1:${deployment.frontEnds.get(name)}/vbslustre`;
    return send(deployment, text, { url });
  };
  const text = signedEnvelope(content, identity, new Date());
  expect((await sendTo(RIGHT, text)).status).toBe(200);
  clocks.frontEnd.set(1);
  // What such a front end believes makes it look for what has ended.
  const senseless = content.replace('>1<', '>0<');
  await until('a message from the future counts', async () => {
    const future = signedEnvelope(senseless, identity, new Date(Date.now() + HOUR_MS));
    const { code } = await sendTo(OTHER, future);
    return code === 'InvalidParameterValue' ? true : undefined;
  });
  expect((await sendTo(RIGHT, text)).code).toBe('AuthFailure');
  clocks.frontEnd.set(0);
  await works(() => other.DescribeVolumes({}));
  await removeAll();
});

/** Waits until something is refused with these words. */
async function refused(work: () => Promise<unknown>, words: string): Promise<Error> {
  return until(`it is refused: ${words}`, async () => {
    const error = await work().then(
      () => undefined,
      (reason: Error) => reason,
    );
    if (error?.message.includes(words)) return error;
    await delay(PAUSE_MS);
    return undefined;
  });
}

/** Waits until something is not refused any more. */
async function works(work: () => Promise<unknown>): Promise<void> {
  await until('it works', () =>
    work().then(
      () => true as const,
      () => undefined,
    ),
  );
}

async function removeAll(): Promise<void> {
  const { alice } = testbed;
  await expectPeace(testbed, pids);
  for (const { volumeId } of (await alice.DescribeVolumes({})).volumeSet.item) {
    await alice.DeleteVolume({ volumeId });
  }
  await expectPeace(testbed, pids);
  expect(await testbed.files()).toEqual([]);
}
