import { symlink, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { newId } from '@vbs-lustre/shared/ids';
import { partName } from '@vbs-lustre/shared/partName';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { CopyRequest } from './copies.js';
import { PauseError } from './hypervisors/driver.js';
import { attachRequest, type Host, openHost } from './testing/host.js';

let host: Host;
let order: CopyRequest;
let part: string;

/** A volume that vm1 writes, and the file that was prepared for its snapshot. */
beforeEach(async () => {
  host = await openHost();
  const attach = attachRequest(await host.volume());
  await host.attachments.attach(attach);
  const { volumeId, instanceId, device, orderId: attachOrderId, expires } = attach;
  const ids = { snapshotId: newId('snap'), orderId: newId('ord'), sizeBytes: 4 };
  order = { ...ids, expires, volumeId, instanceId, device, attachOrderId };
  const name = partName({ id: ids.snapshotId, orderId: ids.orderId, bytes: 4 });
  part = join(host.directory, name);
  await writeFile(part, 'part');
  host.hypervisor.orders.length = 0;
});
afterEach(() => host.close());

const start = (other: Partial<CopyRequest> = {}) => host.copies.start({ ...order, ...other });
const refused = { code: 'IncorrectState' };

describe('a copy is begun', () => {
  test('of what is attached, into the part, once', async () => {
    expect(await start()).toMatchObject({ snapshotId: order.snapshotId, state: 'running' });
    expect(await start()).toMatchObject({ state: 'running' });
    expect(host.hypervisor.orders).toEqual([`copy vm1 xvdb to ${part}`]);
    expect(await host.copies.find('vm1', order.snapshotId)).toMatchObject({ device: 'xvdb' });
  });

  test('and believed only when the hypervisor shows it', async () => {
    host.hypervisor.onCopy = 'lie';
    await expect(start()).rejects.toMatchObject(refused);
    host.hypervisor.onCopy = 'fail';
    await expect(start()).rejects.toMatchObject(refused);
    host.hypervisor.onCopy = 'fail after beginning';
    expect(await start()).toMatchObject({ state: 'running' });
  });

  test('and told of how long a machine may be paused, or why that is too short', async () => {
    const { hypervisor } = host;
    const asked: (number | undefined)[] = [];
    const { copier } = hypervisor;
    hypervisor.copier = copier && {
      ...copier,
      start: async ({ vm, maxPauseMs }) => {
        asked.push(maxPauseMs);
        throw new PauseError(vm, 1_234, maxPauseMs ?? 0, maxPauseMs === 1_000 ? 1_200 : 60_000);
      },
    };
    const message = expect.stringMatching(
      /about 1300 ms: allow that with maxPauseMilliseconds=2500; or detach .*force=true/,
    );
    await expect(start()).rejects.toMatchObject({ ...refused, message });
    await expect(start({ maxPauseMilliseconds: 1_000 })).rejects.toMatchObject({
      ...{ ...refused, message: expect.stringMatching(/no machine .* longer than 1200 ms; or/) },
    });
    expect(asked).toEqual([undefined, 1_000]);
  });

  test.each([
    ['another device', { device: 'xvdc' }],
    ['another machine', { instanceId: 'vm2' }],
    ['an unknown machine', { instanceId: 'vm9' }],
    ['another volume', { volumeId: newId('vol') }],
    ['another attachment of it', { attachOrderId: newId('ord') }],
    ['a part that is not there', { orderId: newId('ord') }],
    ['a part of another size', { sizeBytes: 5 }],
    ['an order that comes late', { expires: new Date(Date.now() - 1) }],
  ])('but not for %s', async (_what, other) => {
    await expect(start(other)).rejects.toMatchObject(refused);
    expect(host.hypervisor.orders).toEqual([]);
  });

  test('but not through a link, or by a name that is none', async () => {
    await expect(start({ snapshotId: '../snap' })).rejects.toMatchObject({
      code: 'InvalidParameterValue',
    });
    await unlink(part);
    await symlink('/etc/hostname', part);
    await expect(start()).rejects.toMatchObject(refused);
    expect(host.hypervisor.orders).toEqual([]);
  });

  test('but not by a hypervisor that has no such thing', async () => {
    host.hypervisor.copier = undefined;
    await expect(start()).rejects.toMatchObject(refused);
    await host.copies.sweep(0);
  });
});

test('one that is ended is gone; one that is not there is fine', async () => {
  await start();
  for (const instanceId of ['vm1', 'vm1', 'vm9']) {
    await host.copies.end(instanceId, order.snapshotId);
  }
  expect(await host.copies.find('vm1', order.snapshotId)).toBeUndefined();
  expect(await host.copies.find('vm9', order.snapshotId)).toBeUndefined();
});

test('one that nobody asks for is ended after a while', async () => {
  await start();
  await host.copies.sweep();
  expect(host.hypervisor.copies).toHaveLength(1);
  await host.copies.sweep(0);
  expect(host.hypervisor.copies).toEqual([]);
});

test('a delegate that has just been started gives those that ask their time', async () => {
  await start();
  const next = await openHost('host1', host);
  next.hypervisor.copies = host.hypervisor.copies;
  await next.copies.sweep(0);
  expect(next.hypervisor.copies).toHaveLength(1);
  await next.copies.sweep(0);
  expect(next.hypervisor.copies).toEqual([]);
  await next.close();
});
