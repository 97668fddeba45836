import { copyFileSync, mkdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { LabVm } from '@vbs-lustre/lab/qemu/labVm';
import { run } from '@vbs-lustre/shared/process/run';
import { afterAll, beforeAll, expect, it } from 'vitest';
import {
  FakeQmpServer,
  line,
} from '../../services/vmm-delegate/src/hypervisors/testing/fakeQmpServer.js';
import { unmount } from '../support/asRoot.js';
import { Testbed, until } from '../support/testbed.js';

let testbed: Testbed;
let here: LabVm;
let mount: string;
const TIMEOUT_MS = 10_000;

/** Two hosts with two mounts of the volume directory, and a database that can be set back. */
beforeAll(async () => {
  testbed = await Testbed.prepare({
    vmmDelegates: [{ name: 'vmm1' }, { name: 'vmm2' }],
    frontEndSettings: { reconcileSeconds: 1, delegateTimeoutSeconds: 30 },
  });
  const { layout, options } = testbed.deployment;
  mount = join(layout.home, 'mount-of-vmm2');
  mkdirSync(mount);
  await run('mount', ['--bind', layout.volumes, mount], { timeoutMs: TIMEOUT_MS });
  const [first, second] = options.vmmDelegates as object[];
  Object.assign(first as object, { settings: { guardSeconds: 1 } });
  Object.assign(second as object, { settings: { guardSeconds: 1, volumeDirectory: mount } });
  await testbed.deployment.prepare();
  await testbed.deployment.start();
  [here] = await Promise.all([testbed.boot('vm1', 'vmm1'), testbed.boot('vm2', 'vmm2')]);
});

afterAll(async () => {
  await testbed.deployment.stop();
  unmount(mount);
  await testbed.stop();
});

const onHost = (volumeId: string, host: 1 | 2, attachMode: 'r' | 'w' = 'w') => ({
  ...{ volumeId, instanceId: `vm${host}`, vmm: `vmm${host}`, device: 'xvdb', attachMode },
});

async function claims(): Promise<string[]> {
  return (await testbed.files()).filter((name) => name.startsWith('.attachments/'));
}

it('keeps a second host out also when the database has forgotten the first', async () => {
  const { alice, deployment } = testbed;
  const { database } = deployment.layout;
  const volumeId = await testbed.volume(1);
  await deployment.service('vbslustre').stop();
  copyFileSync(database, `${database}.old`);
  await deployment.restart('vbslustre');
  await alice.AttachVolume(onHost(volumeId, 1));
  expect(await claims()).toEqual([expect.stringContaining(`/${volumeId}.w.vmm1.ord-`)]);

  await deployment.service('vbslustre').stop();
  for (const end of ['-wal', '-shm']) rmSync(database + end, { force: true });
  copyFileSync(`${database}.old`, database);
  await deployment.restart('vbslustre');
  const { status } = await alice.DescribeVolume({ volumeId });
  expect(status).toBe('available');
  for (const mode of ['w', 'r'] as const) {
    await expect(alice.AttachVolume(onHost(volumeId, 2, mode))).rejects.toMatchObject({
      code: 'VolumeInUse',
      message: expect.stringContaining('in use on another host'),
    });
  }
  // What the hypervisor lets go of is free at once.
  await here.stop();
  await until('the claim is taken back', async () =>
    (await claims()).length === 0 ? true : undefined,
  );
  await alice.AttachVolume(onHost(volumeId, 2, 'r'));
  expect(statSync(join(mount, volumeId)).mode & 0o777).toBe(0o440);
  await alice.DetachVolume({ volumeId });
  await alice.DeleteVolume({ volumeId });
  await testbed.deletionsEnd();
  expect(await testbed.files()).toEqual([]);
});

it('recovers from a kill -9 between the claim and the attachment', async () => {
  const { alice, deployment } = testbed;
  const volumeId = await testbed.volume(1);
  const machine = await machineThatNeverAttaches(join(deployment.layout.vms('vmm1'), 'vm9.qmp'));
  const order = alice.AttachVolume({ ...onHost(volumeId, 1), instanceId: 'vm9' });
  const outcome = order.catch((error) => error);
  await until('the hypervisor is asked', async () =>
    machine.commands.find(({ execute }) => execute === 'blockdev-add'),
  );
  expect(await claims()).toHaveLength(1);
  await deployment.service('vmm1').kill();
  expect(await outcome).toMatchObject({ code: 'Unavailable' });
  expect(await claims()).toHaveLength(1);
  await expect(alice.AttachVolume(onHost(volumeId, 2))).rejects.toMatchObject({
    code: 'VolumeInUse',
  });
  await deployment.restart('vmm1');
  await until('the volume is free', async () => {
    const { status } = await alice.DescribeVolume({ volumeId });
    return status === 'available' ? true : undefined;
  });
  expect(await claims()).toEqual([]);
  await alice.AttachVolume(onHost(volumeId, 2));
  await alice.DetachVolume({ volumeId });
  await alice.DeleteVolume({ volumeId });
  await machine.stop();
});

it('gives up a host that is lost for good only when its owner accepts the risk', async () => {
  const { alice, deployment } = testbed;
  const volumeId = await testbed.volume(1);
  const lost = await testbed.boot('vm3', 'vmm1');
  await alice.AttachVolume({ ...onHost(volumeId, 1), instanceId: 'vm3' });
  await deployment.service('vmm1').kill();
  await lost.stop();
  await expect(alice.DetachVolume({ volumeId, acceptRisk: true })).rejects.toMatchObject({
    code: 'InvalidParameterCombination',
  });
  await expect(alice.DetachVolume({ volumeId, force: true })).rejects.toMatchObject({
    code: 'IncorrectState',
    message: expect.stringContaining('acceptRisk=true'),
  });
  await expect(alice.AttachVolume(onHost(volumeId, 2))).rejects.toMatchObject({
    code: 'VolumeInUse',
  });
  expect(await claims()).toHaveLength(1);

  const request = { volumeId, force: true, acceptRisk: true, clientToken: 'host-is-lost' };
  const answer = await alice.DetachVolume(request);
  expect(answer.warning).toContain('make sure that the host is switched off');
  expect(await claims()).toEqual([]);
  expect(readFileSync(deployment.layout.log('vbslustre'), 'utf8')).toMatch(
    /detached by force.*"userId":"CN=alice,|"userId":"CN=alice,.*detached by force/,
  );
  await alice.AttachVolume(onHost(volumeId, 2));
  const { requestId } = answer;
  expect({ ...(await alice.DetachVolume(request)), requestId }).toEqual(answer);
  await deployment.restart('vmm1');
  expect(await claims()).toEqual([expect.stringContaining(`/${volumeId}.w.vmm2.ord-`)]);
  await alice.DetachVolume({ volumeId });
  await alice.DeleteVolume({ volumeId });
  await testbed.deletionsEnd();
  expect(await testbed.files()).toEqual([]);
});

/** Plays a QEMU that takes an order and does not come to an end with it. */
function machineThatNeverAttaches(path: string): Promise<FakeQmpServer> {
  const answers: Record<string, object> = {
    'query-uuid': { UUID: '11111111-2222-4333-8444-555555555555' },
    'query-block': [],
    'query-named-block-nodes': [],
  };
  return FakeQmpServer.listen(path, ({ execute, id }, client) => {
    const answer = answers[execute];
    if (answer) client.write(line({ return: answer, id }));
  });
}
