import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { VBSLustreClient } from '@vbs-lustre/client';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { NAMESPACE, sendSigned } from '../support/raw.js';
import { Testbed, until } from '../support/testbed.js';

const HEARTBEAT_SECONDS = 3;
let testbed: Testbed;
let alice: VBSLustreClient;

/** Two Volume Delegates whose dd waits until the test opens the gate, and two hosts. */
beforeAll(async () => {
  testbed = await Testbed.prepare({
    volumeDelegates: ['lustre1', 'lustre2'].map((name) => ({ name, settings: { blank: 'zero' } })),
    vmmDelegates: [{ name: 'vmm1' }, { name: 'vmm2' }],
    frontEndSettings: { reconcileSeconds: 1, heartbeatSeconds: HEARTBEAT_SECONDS },
  });
  const env = { PATH: `${gatedDd()}:${process.env.PATH}` };
  for (const each of testbed.deployment.options.volumeDelegates) Object.assign(each, { env });
  await testbed.deployment.start();
  alice = testbed.alice;
});

afterAll(() => testbed.stop());

beforeEach(async () => {
  gate('open');
  await testbed.deletionsEnd();
});

const gateFile = () => join(testbed.deployment.layout.home, 'gate');

/** Whether new files are finished, or their dd waits. */
function gate(state: 'open' | 'closed'): void {
  writeFileSync(gateFile(), state);
}

function gatedDd(): string {
  const folder = join(testbed.deployment.layout.home, 'bin');
  mkdirSync(folder);
  const wait = `while [ "$(cat '${gateFile()}')" = closed ]; do sleep 0.05; done`;
  writeFileSync(
    join(folder, 'dd'),
    `#!/bin/sh\n[ "$1" = if=/dev/zero ] && ${wait}\nexec /usr/bin/dd "$@"\n`,
  );
  chmodSync(join(folder, 'dd'), 0o755);
  return folder;
}

const logOf = (name: string) => readFileSync(testbed.deployment.layout.log(name), 'utf8');
const parts = async () => (await testbed.files()).filter((name) => name.endsWith('.part'));

/** A pending volume, the delegate that makes it, and the other one. */
async function pendingVolume() {
  gate('closed');
  const { volumeId } = await alice.CreateVolume({ sizeMiB: 1 });
  const part = await until('its part is there', async () =>
    (await parts()).find((name) => name.includes(volumeId)),
  );
  const orderId = part.split('.')[3] as string;
  const [maker, other] = ['lustre1', 'lustre2'].sort(
    (a, b) => Number(hasOrder(b, orderId)) - Number(hasOrder(a, orderId)),
  ) as [string, string];
  return { volumeId, orderId, maker, other };
}

function hasOrder(delegate: string, orderId: string): boolean {
  const journal = join(testbed.deployment.layout.state(delegate), 'jobs', `${orderId}.json`);
  try {
    return JSON.parse(readFileSync(journal, 'utf8')).state === 'pending';
  } catch {
    return false;
  }
}

/** The part of another order for the volume: another delegate has it. */
function passedOn(volumeId: string, orderId: string): Promise<string> {
  return until('the order is passed on', async () =>
    (await parts()).find((name) => name.includes(volumeId) && !name.includes(orderId)),
  );
}

it('spreads orders over the Volume Delegates', async () => {
  const made = await Promise.all([1, 2, 3, 4].map(() => testbed.volume(1)));
  for (const name of ['lustre1', 'lustre2']) {
    expect(logOf(name)).toContain('CreateVolumeFile');
  }
  for (const volumeId of made) await alice.DeleteVolume({ volumeId });
});

it('passes the order of a killed delegate on when its lease is over; nothing of it is left', async () => {
  const { volumeId, orderId, maker, other } = await pendingVolume();
  await testbed.deployment.service(maker).kill();
  await passedOn(volumeId, orderId);
  gate('open');
  expect(await testbed.settled(volumeId)).toMatchObject({ status: 'available' });
  await alice.DeleteVolume({ volumeId });
  // It takes its order up again, and hears that nobody waits for it; had it made the file by then, that would be set aside.
  gate('closed');
  await testbed.deployment.restart(maker);
  await until('the order is withdrawn', async () => !hasOrder(maker, orderId) || undefined);
  expect(logOf('vbslustre')).toContain(`"to":"${other}"`);
  await until('no file is left', async () => (await testbed.files()).length === 0 || undefined);
});

it('hands over at once when a delegate is stopped', async () => {
  const { volumeId, orderId, maker } = await pendingVolume();
  const stopped = testbed.deployment.service(maker).stop();
  await passedOn(volumeId, orderId);
  await stopped;
  expect(hasOrder(maker, orderId)).toBe(false);
  gate('open');
  expect(await testbed.settled(volumeId)).toMatchObject({ status: 'available' });
  await testbed.deployment.restart(maker);
  expect(await testbed.files()).toEqual([volumeId]);
  await alice.DeleteVolume({ volumeId });
});

it('a delegate that stood still for longer than its lease gives up what was passed on', async () => {
  const { volumeId, orderId, maker } = await pendingVolume();
  const { pid } = testbed.deployment.service(maker);
  process.kill(pid, 'SIGSTOP');
  try {
    await passedOn(volumeId, orderId);
  } finally {
    process.kill(pid, 'SIGCONT');
  }
  await until('it is withdrawn', async () => !hasOrder(maker, orderId) || undefined);
  expect(await parts()).toHaveLength(1);
  gate('open');
  expect(await testbed.settled(volumeId)).toMatchObject({ status: 'available' });
  expect(await testbed.files()).toEqual([volumeId]);
  await alice.DeleteVolume({ volumeId });
});

it('a draining delegate finishes what it has, and gets nothing new', async () => {
  const { volumeId, orderId, maker, other } = await pendingVolume();
  process.kill(testbed.deployment.service(maker).pid, 'SIGUSR2');
  const isKnown = `"draining":true,"kind":"volume","level":"info","message":"a delegate is here","name":"${maker}"`;
  await until('it is known', async () => logOf('vbslustre').includes(isKnown) || undefined);
  const { volumeId: second } = await alice.CreateVolume({ sizeMiB: 1 });
  await until('the other has it', async () => {
    const part = (await parts()).find((name) => name.includes(second));
    return part && hasOrder(other, part.split('.')[3] as string) ? true : undefined;
  });
  expect(hasOrder(maker, orderId)).toBe(true);
  gate('open');
  for (const id of [volumeId, second]) {
    expect(await testbed.settled(id)).toMatchObject({ status: 'available' });
    await alice.DeleteVolume({ volumeId: id });
  }
  await testbed.deployment.service(maker).stop();
  await testbed.deployment.restart(maker);
});

it('without any Volume Delegate, creation is refused and deletion is kept for later', async () => {
  const volumeId = await testbed.volume(1);
  for (const name of ['lustre1', 'lustre2']) await testbed.deployment.service(name).stop();
  await expect(alice.CreateVolume({ sizeMiB: 1 })).rejects.toMatchObject({ code: 'Unavailable' });
  expect(await alice.DeleteVolume({ volumeId })).toMatchObject({ return: true });
  for (const name of ['lustre1', 'lustre2']) await testbed.deployment.restart(name);
  await until('it is gone', async () => (await testbed.files()).length === 0 || undefined);
  await until('its record is gone', async () =>
    (await alice.DescribeVolumes({})).volumeSet.item.length === 0 ? true : undefined,
  );
});

it('a host that is silent, draining or unknown takes no volume', async () => {
  const volumeId = await testbed.volume(1);
  const attach = (vmm: string) =>
    alice.AttachVolume({ volumeId, instanceId: 'vm1', vmm, device: 'xvdb', attachMode: 'w' });
  await expect(attach('vmm3')).rejects.toMatchObject({ code: 'InvalidParameterValue' });
  await testbed.deployment.service('vmm2').kill();
  await until('it is missed', async () =>
    attach('vmm2').then(
      () => undefined,
      ({ message }) => /not been heard of/.test(message) || undefined,
    ),
  );
  await testbed.deployment.restart('vmm2');
  await expect(attach('vmm2')).rejects.toMatchObject({ code: 'InvalidInstanceID.NotFound' });
  process.kill(testbed.deployment.service('vmm1').pid, 'SIGUSR2');
  await until('it is drained', async () =>
    attach('vmm1').then(
      () => undefined,
      ({ message }) => /out of service/.test(message) || undefined,
    ),
  );
  await alice.DeleteVolume({ volumeId });
});

it('goes on without a front end, says so once, and is there again when that comes back', async () => {
  const { volumeId } = await pendingVolume();
  const told = () =>
    logOf('lustre1').match(/"(announced|announced again|no front end hears this delegate)"/g) ?? [];
  const complaints = () => told().filter((each) => each.startsWith('"no')).length;
  await testbed.deployment.service('vbslustre').kill();
  // One that stood still for a while may have been missed before.
  const before = complaints();
  await until('it is missed', async () => told().at(-1)?.startsWith('"no') || undefined);
  // Long enough for more than one try.
  await delay(2 * HEARTBEAT_SECONDS * 1000);
  expect(complaints()).toBeLessThanOrEqual(before + 1);
  gate('open');
  await until(
    'the file is made',
    async () => (await testbed.files()).includes(volumeId) || undefined,
  );
  await testbed.deployment.restart('vbslustre');
  expect(await testbed.settled(volumeId)).toMatchObject({ status: 'available' });
  await alice.DeleteVolume({ volumeId });
});

it.each([
  ['a user', 'alice', 'AnnounceVolumeDelegate'],
  ['a VMM Delegate', 'vmm1', 'AnnounceVolumeDelegate'],
  ['a user', 'alice', 'AnnounceVmmDelegate'],
  ['a Volume Delegate', 'lustre1', 'AnnounceVmmDelegate'],
  ['a front end', 'vbslustre', 'AnnounceVmmDelegate'],
])('%s (%s) cannot %s', async (_kind, signer, operation) => {
  const { deployment } = testbed;
  const content = `<${operation} xmlns="${NAMESPACE}"></${operation}>`;
  const url = `${deployment.url}/callback`;
  const answer = await sendSigned(deployment, signer, content, { url });
  expect(answer).toMatchObject({ code: 'AuthFailure', faultcode: 'wsse:FailedAuthentication' });
});

it.each(['lustre1', 'vmm1'])('%s is no user', async (signer) => {
  const content = `<DescribeVolumes xmlns="${NAMESPACE}"></DescribeVolumes>`;
  const answer = await sendSigned(testbed.deployment, signer, content);
  expect(answer).toMatchObject({ code: 'AuthFailure', faultcode: 'wsse:FailedAuthentication' });
});

it('announcements do not fill the log', () => {
  const done = logOf('vbslustre')
    .split('\n')
    .filter((line) => line.includes('"message":"done"'));
  expect(done.some((line) => line.includes('"operation":"CreateVolume"'))).toBe(true);
  expect(done.filter((line) => line.includes('"operation":"Announce'))).toEqual([]);
});

it('a delegate whose address nobody could call does not start', () => {
  const { layout } = testbed.deployment;
  for (const [name, service] of [
    ['lustre1', 'volume-delegate'],
    ['vmm1', 'vmm-delegate'],
  ] as const) {
    const settings = JSON.parse(readFileSync(layout.config(name), 'utf8'));
    const file = join(layout.home, 'unspecified.json');
    writeFileSync(file, JSON.stringify({ ...settings, host: '0.0.0.0' }));
    const main = new URL(`../../services/${service}/dist/main.js`, import.meta.url).pathname;
    const start = () =>
      execFileSync(process.execPath, [main, '--config', file], { stdio: 'pipe', encoding: 'utf8' });
    expect(start).toThrow(/The setting publicUrl is missing/);
  }
});
