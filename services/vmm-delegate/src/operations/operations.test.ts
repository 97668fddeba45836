import { newId } from '@vbs-lustre/shared/ids';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Host, log, openHost } from '../testing/host.js';
import { attachVolume } from './attachVolume.js';
import { describeAttachments } from './describeAttachments.js';
import { describeHealth } from './describeHealth.js';
import { describeInstances } from './describeInstances.js';
import { detachVolume } from './detachVolume.js';

let host: Host;
const caller = { userId: 'CN=front-end', requestId: 'req-1', log };

const place = { instanceId: 'vm1', vmm: 'host1' };
const expires = new Date(Date.now() + 3_600_000);

beforeEach(async () => {
  host = await openHost();
});
afterEach(() => host.close());

test('what is attached is described, until it is detached', async () => {
  const volumeId = await host.volume();
  const order = { ...place, orderId: newId('ord'), volumeId, device: 'xvdz' };
  const answer = await attachVolume(host.attachments, 'host1')(
    { ...order, attachMode: 'r', expires },
    caller,
  );
  const { orderId, ...attachment } = answer;
  expect(orderId).toBe(order.orderId);
  expect(attachment).toEqual({
    ...{ instanceId: 'vm1', instanceUuid: host.hypervisor.vm('vm1').uuid, volumeId },
    ...{ device: 'xvdz', attachMode: 'r', state: 'attached' },
  });
  const { attachmentSet } = await describeAttachments(host.attachments)({}, caller);
  expect(attachmentSet.item).toEqual([{ ...attachment, orderId }]);
  expect(await detachVolume(host.attachments, 'host1')(order, caller)).toEqual({ orderId });
  const after = await describeAttachments(host.attachments)({}, caller);
  expect(after.attachmentSet.item).toEqual([]);
});

test.each([
  'xvda',
  '/dev/xvdb',
  'xvdbb',
  'xvdb1',
  'sdb',
  '../x',
  'xvdb,format=qcow2',
  'xvdb\n',
  '',
])('the device “%s” is refused', async (device) => {
  const order = { ...place, orderId: newId('ord'), volumeId: await host.volume(), device };
  const refused = { code: 'InvalidParameterValue' };
  const attach = attachVolume(host.attachments, 'host1')(
    { ...order, attachMode: 'w', expires },
    caller,
  );
  await expect(attach).rejects.toMatchObject(refused);
  await expect(detachVolume(host.attachments, 'host1')(order, caller)).rejects.toMatchObject(
    refused,
  );
  expect(host.hypervisor.orders).toEqual([]);
});

test('what is for another host is not obeyed', async () => {
  const volumeId = await host.volume();
  const order = { ...place, vmm: 'host2', orderId: newId('ord'), volumeId, device: 'xvdb' };
  const attach = attachVolume(host.attachments, 'host1')(
    { ...order, attachMode: 'w', expires },
    caller,
  );
  await expect(attach).rejects.toMatchObject({ code: 'AuthFailure' });
  const detach = detachVolume(host.attachments, 'host1')(order, caller);
  await expect(detach).rejects.toMatchObject({ code: 'AuthFailure' });
  expect(host.hypervisor.orders).toEqual([]);
});

test('the machines are described', async () => {
  const { instanceSet } = await describeInstances(host.hypervisor)({}, caller);
  expect(instanceSet.item.map(({ instanceId }) => instanceId)).toEqual(['vm1', 'vm2', 'vm3']);
});

test('the health is that of the hypervisor', async () => {
  const healthy = { status: 'ok', hypervisor: 'fake' };
  expect(await describeHealth(host.hypervisor)({}, caller)).toEqual(healthy);
  host.hypervisor.isDead = true;
  await expect(describeHealth(host.hypervisor)({}, caller)).rejects.toThrow('no answer');
});
