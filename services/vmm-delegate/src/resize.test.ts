import { newId } from '@vbs-lustre/shared/ids';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { attachRequest, type Host, openHost } from './testing/host.js';

let host: Host;
let volumeId: string;

beforeEach(async () => {
  host = await openHost();
  volumeId = await host.volume();
});
afterEach(() => host.close());

const refused = { code: 'IncorrectState' };

test('the machine is told, each time that is asked for', async () => {
  const order = attachRequest(volumeId);
  await host.attachments.attach(order);
  await host.attachments.resize({ ...order, sizeBytes: 4096 });
  await host.restart().resize({ ...order, sizeBytes: 4096 });
  expect(host.hypervisor.orders.slice(1)).toEqual(Array(2).fill('resize vm1 xvdb to 4096'));
});

test('what this order has not attached is none of its business', async () => {
  const order = attachRequest(volumeId);
  await expect(host.attachments.resize({ ...order, sizeBytes: 1 })).rejects.toMatchObject(refused);
  await host.attachments.attach(order);
  for (const other of [{ orderId: newId('ord') }, { device: 'xvdc' }, { instanceId: 'vm2' }]) {
    const resize = host.attachments.resize({ ...order, ...other, sizeBytes: 1 });
    await expect(resize).rejects.toMatchObject(refused);
  }
  expect(host.hypervisor.orders).toEqual(['attach vm1 xvdb']);
});

test('a hypervisor that refuses, or has no way to, is told of in words for the owner', async () => {
  const order = attachRequest(volumeId);
  await host.attachments.attach(order);
  host.hypervisor.onResize = 'fail';
  const words = {
    message: expect.stringMatching(/^vm1 cannot be told .* detach the volume first/),
  };
  const resize = () => host.attachments.resize({ ...order, sizeBytes: 1 });
  await expect(resize()).rejects.toMatchObject({ ...refused, ...words });
  Object.assign(host.hypervisor, { resize: undefined });
  await expect(resize()).rejects.toMatchObject({ ...refused, ...words });
  host.hypervisor.isDead = true;
  await expect(resize()).rejects.not.toMatchObject(refused);
});
