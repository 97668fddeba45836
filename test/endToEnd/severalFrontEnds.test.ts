import { readFileSync } from 'node:fs';
import type { VBSLustreClient } from '@vbs-lustre/client';
import type { LabVm } from '@vbs-lustre/lab/qemu/labVm';
import { loadIdentity } from '@vbs-lustre/shared/trust/identity';
import { signedEnvelope } from '@vbs-lustre/shared/wssecurity/sign';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { NAMESPACE, send } from '../support/raw.js';
import { Testbed, until, whenAvailable } from '../support/testbed.js';

const [FIRST, SECOND] = ['vbslustre', 'vbslustre-2'] as const;
let testbed: Testbed;
let vm: LabVm;
/** Alice, at each of the front ends. */
let first: VBSLustreClient;
let second: VBSLustreClient;

beforeAll(async () => {
  testbed = await Testbed.start({
    frontEnds: 2,
    frontEndSettings: { reconcileSeconds: 1, delegateTimeoutSeconds: 20 },
  });
  first = await testbed.deployment.client('alice', FIRST);
  second = await testbed.deployment.client('alice', SECOND);
  vm = await testbed.boot('vm1');
});

afterAll(() => testbed.stop());

const attachment = (volumeId: string, attachMode: 'r' | 'w' = 'w') => ({
  ...{ volumeId, instanceId: 'vm1', vmm: 'vmm1', device: 'xvdb', attachMode },
});

const settled = (client: VBSLustreClient, volumeId: string) =>
  until(`${volumeId} has settled`, async () => {
    const volume = await client.DescribeVolume({ volumeId });
    return volume.status === 'pending' ? undefined : volume;
  });

const failureOf = (work: Promise<unknown>): Promise<{ code?: string; message?: string }> =>
  work.then(
    () => ({ code: 'it went well' }),
    (error) => error,
  );

it('answers any request at any front end', async () => {
  const request = { sizeMiB: 16, clientToken: 'anywhere' };
  const made = await Promise.all([first.CreateVolume(request), second.CreateVolume(request)]);
  const [{ volumeId }] = made;
  expect(made[1].volumeId).toBe(volumeId);
  expect(await settled(second, volumeId)).toMatchObject({
    ...{ status: 'available', sizeBytes: 16 * 1024 * 1024 },
  });
  await first.AttachVolume(attachment(volumeId));
  expect(await second.DescribeVolume({ volumeId })).toMatchObject({ status: 'in-use' });
  expect(await failureOf(second.AttachVolume(attachment(volumeId, 'r')))).toMatchObject({
    code: 'VolumeInUse',
  });
  await second.DetachVolume({ volumeId });
  const { snapshotId } = await first.CreateSnapshot({ volumeId });
  await until('the snapshot is available', async () =>
    (await second.DescribeSnapshot({ snapshotId })).status === 'available' ? true : undefined,
  );
  await second.DeleteSnapshot({ snapshotId });
  await first.DeleteVolume({ volumeId });
  await testbed.deletionsEnd();
  expect((await second.DescribeVolumes({})).volumeSet.item).toEqual([]);
  expect(await testbed.files()).toEqual([]);
});

it('refuses at one front end the message that another has executed', async () => {
  const { deployment } = testbed;
  const { pki } = deployment.layout;
  const identity = await loadIdentity(`${pki}/alice.crt`, `${pki}/alice.key`);
  const urls = [...deployment.frontEnds.values()].map((port) => ({
    url: `https://127.0.0.1:${port}/vbslustre`,
  }));
  const content = `<CreateVolume xmlns="${NAMESPACE}"><sizeMiB>1</sizeMiB></CreateVolume>`;
  for (const at of [urls, [...urls].reverse()]) {
    const text = signedEnvelope(content, identity, new Date());
    expect((await send(deployment, text, at[0])).status).toBe(200);
    expect((await send(deployment, text, at[1])).code).toBe('AuthFailure');
  }
  const text = signedEnvelope(content, identity, new Date());
  const both = await Promise.all(urls.map((url) => send(deployment, text, url)));
  expect(both.map(({ code }) => code).sort()).toEqual(['', 'AuthFailure']);
  const volumes = (await first.DescribeVolumes({})).volumeSet.item;
  expect(volumes).toHaveLength(3);
  for (const { volumeId } of volumes) {
    await settled(second, volumeId);
    await second.DeleteVolume({ volumeId });
  }
});

it('goes on at one front end with what another had begun when it was killed', async () => {
  const { deployment } = testbed;
  const { volumeId } = await first.CreateVolume({ sizeMiB: 16 });
  await settled(first, volumeId);
  // The host's delegate stands still, so that the attachment is surely under way.
  const host = deployment.service('vmm1').pid;
  process.kill(host, 'SIGSTOP');
  const attaching = failureOf(first.AttachVolume(attachment(volumeId)));
  await until('the attachment is under way', async () => {
    const { attachmentSet } = await second.DescribeVolume({ volumeId });
    return attachmentSet.item[0];
  });
  const { volumeId: other } = await first.CreateVolume({ sizeMiB: 512 });
  await deployment.service(FIRST).kill();
  process.kill(host, 'SIGCONT');
  await attaching;
  expect(await settled(second, other)).toMatchObject({ status: 'available' });
  const { attachmentSet } = await until('the attachment is under way no more', async () => {
    const volume = await second.DescribeVolume({ volumeId });
    return volume.attachmentSet.item[0]?.status === 'attaching' ? undefined : volume;
  });
  // The order may have arrived or not: the record is what the machine has.
  const serial = volumeId.replace('-', '');
  if (attachmentSet.item.length > 0) {
    await vm.waitForDisk(serial);
    await second.DetachVolume({ volumeId });
  }
  await vm.waitForDiskGone(serial);
  for (const each of [volumeId, other]) await second.DeleteVolume({ volumeId: each });
  await deployment.restart(FIRST);
  await testbed.deletionsEnd();
  expect((await first.DescribeVolumes({})).volumeSet.item).toEqual([]);
});

it('says so while PostgreSQL is killed, and goes on when it is back', async () => {
  const { deployment } = testbed;
  const pids = [FIRST, SECOND].map((name) => deployment.service(name).pid);
  const { volumeId } = await first.CreateVolume({ sizeMiB: 16 });
  await settled(first, volumeId);
  await first.AttachVolume(attachment(volumeId));
  // Its outcome is told while nobody can write it down.
  const { volumeId: other } = await second.CreateVolume({ sizeMiB: 256 });
  await deployment.postgres.kill();
  for (const client of [first, second]) {
    for (const work of [
      () => client.DescribeVolumes({}),
      () => client.CreateVolume({ sizeMiB: 1 }),
      () => client.AttachVolume(attachment(other)),
      () => client.DetachVolume({ volumeId }),
    ]) {
      const { code, message } = await failureOf(work());
      expect(code).toBe('Unavailable');
      expect(message).toMatch(/database cannot be used now; try again later/);
      expect(message).not.toMatch(/postgres:|ECONN|ENOENT|\//);
    }
  }
  await until('the other volume’s file is there', async () =>
    (await testbed.files()).includes(other) ? true : undefined,
  );
  await deployment.postgres.restart();
  const made = await whenAvailable(() => settled(first, other));
  expect(made).toMatchObject({ status: 'available' });
  expect(await whenAvailable(() => second.DescribeVolume({ volumeId }))).toMatchObject({
    ...{ status: 'in-use', attachmentSet: { item: [{ status: 'attached' }] } },
  });
  await whenAvailable(() => second.DetachVolume({ volumeId }));
  for (const each of [volumeId, other]) {
    await whenAvailable(() => first.DeleteVolume({ volumeId: each }));
  }
  await testbed.deletionsEnd();
  expect((await second.DescribeVolumes({})).volumeSet.item).toEqual([]);
  expect([FIRST, SECOND].map((name) => deployment.service(name).pid)).toEqual(pids);
});

it('does not wait for ever while PostgreSQL stands still', async () => {
  const { postgres } = testbed.deployment;
  postgres.pause();
  const outcomes = await Promise.all(
    [first, second].map((client) => failureOf(client.DescribeVolumes({}))),
  );
  postgres.resume();
  expect(outcomes.map(({ code }) => code)).toEqual(['Unavailable', 'Unavailable']);
  const { volumeSet } = await whenAvailable(() => first.DescribeVolumes({}));
  expect(volumeSet.item).toEqual([]);
});

it('starts a front end before PostgreSQL, which it waits for', async () => {
  const { deployment } = testbed;
  await deployment.service(SECOND).stop();
  await deployment.postgres.kill();
  const log = () => readFileSync(deployment.layout.log(SECOND), 'utf8');
  const starting = deployment.restart(SECOND);
  await until('it waits', async () => log().includes('waiting for the database') || undefined);
  await deployment.postgres.restart();
  await starting;
  expect((await second.DescribeVolumes({})).volumeSet.item).toEqual([]);
});

it('has the database’s password in no log', () => {
  const { layout, postgres } = testbed.deployment;
  const { password } = new URL(postgres.url('vbs'));
  for (const name of [FIRST, SECOND]) {
    const log = readFileSync(layout.log(name), 'utf8');
    expect(log).toContain('ECONNREFUSED');
    expect(log.includes(password)).toBe(false);
  }
});
