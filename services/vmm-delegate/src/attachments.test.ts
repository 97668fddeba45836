import { symlink, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { newId } from '@vbs-lustre/shared/ids';
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { attachRequest, type Host, log, openHost } from './testing/host.js';

let host: Host;
let volumeId: string;

beforeEach(async () => {
  host = await openHost();
  volumeId = await host.volume();
});
afterEach(() => host.close());

const fileOf = (id: string) => join(host.directory, id);
const attach = (...wanted: Parameters<typeof attachRequest>) =>
  host.attachments.attach(attachRequest(...wanted));

describe('attach', () => {
  test('the hypervisor gets the real path, and its own list is the answer', async () => {
    const order = attachRequest(volumeId, { mode: 'r' });
    const attached = await host.attachments.attach(order);
    expect(attached).toEqual({
      ...{ vm: host.hypervisor.vm('vm1'), device: 'xvdb', mode: 'r', state: 'attached' },
      file: fileOf(volumeId),
    });
    expect(await host.attachments.list()).toEqual([
      { ...attached, volumeId, orderId: expect.stringMatching(/^ord-/) },
    ]);
  });

  test('a machine goes by its UUID too, however it is written', async () => {
    const { uuid } = host.hypervisor.vm('vm2');
    await attach(volumeId, { instanceId: uuid.toUpperCase() });
    expect(host.hypervisor.list).toMatchObject([{ vm: { name: 'vm2' } }]);
  });

  test('a machine goes by its hypervisor’s number too, but one of that name comes first', async () => {
    const [vm1, vm2] = ['vm1', 'vm2'].map((name) => host.hypervisor.vm(name));
    Object.assign(vm2 as object, { id: '7' });
    await attach(volumeId, { instanceId: '7' });
    expect(host.hypervisor.list).toMatchObject([{ vm: { name: 'vm2' } }]);
    Object.assign(vm1 as object, { name: '7' });
    await attach(await host.volume(), { instanceId: '7' });
    expect(host.hypervisor.list[1]).toMatchObject({ vm: { name: '7' } });
  });

  test('the same order twice is done once, also after a restart', async () => {
    const order = attachRequest(volumeId);
    const first = await host.attachments.attach(order);
    expect(await host.attachments.attach(order)).toEqual(first);
    expect(await host.restart().attach(order)).toEqual(first);
    expect(host.hypervisor.orders).toEqual(['attach vm1 xvdb']);
  });

  test('another order for the same is none of its business', async () => {
    await attach(volumeId, { mode: 'r' });
    const other = attach(volumeId, { mode: 'r', instanceId: host.hypervisor.vm('vm1').uuid });
    await expect(other).rejects.toMatchObject({ code: 'VolumeInUse' });
  });

  test.each([
    ['the volume on the same machine', { device: 'xvdc', mode: 'r' }, 'VolumeInUse'],
    ['a writer beside a reader', { instanceId: 'vm2' }, 'VolumeInUse'],
    ['another mode of the same device', { mode: 'w' }, 'VolumeInUse'],
  ] as const)('refused: %s', async (_case, other, code) => {
    await attach(volumeId, { mode: 'r' });
    await expect(attach(volumeId, other)).rejects.toMatchObject({ code });
    expect(host.hypervisor.orders).toHaveLength(1);
  });

  test('a reader beside a writer is refused, beside a reader not', async () => {
    await attach(volumeId, { mode: 'r' });
    await attach(volumeId, { mode: 'r', instanceId: 'vm2' });
    const second = await host.volume();
    await attach(second, { device: 'xvdc' });
    const reader = attach(second, { mode: 'r', instanceId: 'vm2' });
    await expect(reader).rejects.toMatchObject({ code: 'VolumeInUse' });
  });

  test('a device that is used, by whatever it be, is refused', async () => {
    const vm = host.hypervisor.vm('vm1');
    const root = { vm, device: 'xvdb', file: '/images/root.img', mode: 'w', state: 'attached' };
    host.hypervisor.list = [root as never];
    await expect(attach(volumeId)).rejects.toMatchObject({ code: 'InvalidParameterValue' });
    expect(await host.attachments.list()).toEqual([]);
  });

  test('a machine that does not run here', async () => {
    const wrong = attach(volumeId, { instanceId: 'vm9' });
    await expect(wrong).rejects.toMatchObject({ code: 'InvalidInstanceID.NotFound' });
  });

  test('a file that is not there, or is a link', async () => {
    const missing = { code: 'InvalidVolume.NotFound' };
    await expect(attach(newId('vol'))).rejects.toMatchObject(missing);
    const link = newId('vol');
    await symlink(fileOf(volumeId), fileOf(link));
    await expect(attach(link)).rejects.toMatchObject(missing);
    const outside = attach(`../${volumeId}`);
    await expect(outside).rejects.toMatchObject({ code: 'InvalidParameterValue' });
    expect(host.hypervisor.orders).toEqual([]);
  });

  test('an order that was withdrawn before it arrived is refused', async () => {
    const order = attachRequest(volumeId);
    await host.attachments.detach(order);
    await expect(host.attachments.attach(order)).rejects.toMatchObject({ code: 'IncorrectState' });
    await attach(volumeId);
  });

  test('an order that is withdrawn while it waits is refused', async () => {
    const [first, second] = [attachRequest(volumeId), attachRequest(volumeId)];
    let withdrawal: Promise<void> | undefined;
    host.hypervisor.meanwhile = async () => {
      host.hypervisor.onAttach = 'fail';
      withdrawal ??= host.attachments.detach(second);
    };
    const results = await Promise.allSettled([
      host.attachments.attach(first),
      host.attachments.attach(second),
    ]);
    expect(results.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await withdrawal;
    expect(host.hypervisor.orders).toEqual(['attach vm1 xvdb']);
  });
});

test('an order that is withdrawn while the hypervisor has no time for it is not carried out', async () => {
  const order = attachRequest(volumeId);
  let withdrawal: Promise<void> | undefined;
  host.hypervisor.meanwhile = async () => {
    withdrawal ??= host.attachments.detach(order);
  };
  await expect(host.attachments.attach(order)).rejects.toMatchObject({
    code: 'IncorrectState',
    message: `${order.orderId} was withdrawn.`,
  });
  await withdrawal;
  expect(host.hypervisor.list).toEqual([]);
  expect(host.hypervisor.orders).toEqual(['attach vm1 xvdb']);
});

describe('a hypervisor that', () => {
  test('says that it failed, and has attached, has attached', async () => {
    host.hypervisor.onAttach = 'fail after attaching';
    expect(await attach(volumeId)).toMatchObject({ state: 'attached' });
  });

  test.each(['lie', 'fail', 'leave incomplete', 'other mode', 'with a flaw'] as const)(
    'does not attach (%s): refused, and nothing is left',
    async (trouble) => {
      host.hypervisor.onAttach = trouble;
      await expect(attach(volumeId)).rejects.toMatchObject({ code: 'IncorrectState' });
      expect(host.hypervisor.list).toEqual([]);
    },
  );

  test('has no time is to be asked again', async () => {
    host.hypervisor.onAttach = 'be busy';
    await expect(attach(volumeId)).rejects.toMatchObject({
      code: 'IncorrectState',
      message: expect.stringContaining('attach orders'),
    });
    host.hypervisor.onAttach = 'obey';
    await attach(volumeId);
  });

  test('shows that a device has got a flaw: the log tells it once, and an attach order is not fulfilled by it', async () => {
    const told = vi.spyOn(log, 'error');
    onTestFinished(() => told.mockRestore());
    const order = attachRequest(volumeId);
    await host.attachments.attach(order);
    for (const each of host.hypervisor.list) each.flaw = 'it is slow';
    for (let look = 0; look < 2; look += 1) await host.attachments.settleClaims();
    const other = { ...attachRequest(volumeId), instanceId: 'vm1' };
    await expect(host.attachments.attach(other)).rejects.toBeInstanceOf(Error);
    expect(host.hypervisor.list).toHaveLength(1);
    expect(told.mock.calls.map(([message]) => message)).toEqual(['a volume should be detached']);
    await expect(host.attachments.attach(order)).rejects.toMatchObject({ code: 'IncorrectState' });
    expect(host.hypervisor.list).toEqual([]);
  });

  test.each(['lie', 'fail'] as const)(
    'leaves something that it does not take away (%s): that is not called a refusal',
    async (trouble) => {
      host.hypervisor.onAttach = 'leave incomplete';
      host.hypervisor.onDetach = trouble;
      const order = attachRequest(volumeId);
      await expect(host.attachments.attach(order)).rejects.toMatchObject({ code: 'Unavailable' });
      host.hypervisor.onDetach = 'obey';
      await host.attachments.detach(order);
      expect(host.hypervisor.list).toEqual([]);
    },
  );

  test('dies under an order proves nothing', async () => {
    host.hypervisor.meanwhile = async () => {
      host.hypervisor.isDead = true;
    };
    const error = await attach(volumeId).catch((thrown) => thrown);
    expect(error).toBeInstanceOf(Error);
    expect(error.code).toBeUndefined();
  });
});

describe('detach', () => {
  test('takes the device away; what is gone is fine', async () => {
    const order = attachRequest(volumeId);
    await host.attachments.attach(order);
    await host.attachments.detach(order);
    expect(host.hypervisor.list).toEqual([]);
    await host.attachments.detach(order);
    expect(host.hypervisor.orders).toEqual(['attach vm1 xvdb', 'detach vm1 xvdb']);
  });

  test('works after a restart, and without the file', async () => {
    const order = attachRequest(volumeId);
    await host.attachments.attach(order);
    await unlink(fileOf(volumeId));
    await host.restart().detach(order);
    expect(host.hypervisor.list).toEqual([]);
  });

  test('a machine that is gone has nothing attached', async () => {
    const order = attachRequest(volumeId);
    await host.attachments.attach(order);
    host.hypervisor.vms = [];
    await host.attachments.detach(order);
    expect(host.hypervisor.orders).toHaveLength(1);
  });

  test('another volume on the device stays', async () => {
    await attach(volumeId);
    await host.attachments.detach(attachRequest(await host.volume()));
    expect(host.hypervisor.list).toHaveLength(1);
  });

  test('a hypervisor that failed after it had detached has detached', async () => {
    const order = attachRequest(volumeId);
    await host.attachments.attach(order);
    host.hypervisor.onDetach = 'fail after detaching';
    await host.attachments.detach(order);
    expect(host.hypervisor.list).toEqual([]);
  });

  test.each(['lie', 'fail'] as const)('a device that stays (%s) is told', async (trouble) => {
    const order = attachRequest(volumeId);
    await host.attachments.attach(order);
    host.hypervisor.onDetach = trouble;
    const refused = host.attachments.detach(order);
    await expect(refused).rejects.toMatchObject({ code: 'Unavailable' });
  });

  test('by force it takes the device from a guest that does not let go', async () => {
    const order = attachRequest(volumeId);
    await host.attachments.attach(order);
    host.hypervisor.onDetach = 'fail';
    await expect(host.attachments.detach(order)).rejects.toMatchObject({ code: 'Unavailable' });
    await host.attachments.detach({ ...order, force: true });
    expect(host.hypervisor.list).toEqual([]);
    expect(host.hypervisor.orders.at(-1)).toBe('detach vm1 xvdb by force');
    expect(await host.claims()).toEqual([]);
  });

  test('a late one does not take away what was attached since', async () => {
    const [old, recent] = [attachRequest(volumeId), attachRequest(volumeId)];
    await host.attachments.attach(old);
    await host.attachments.detach(old);
    await host.attachments.attach(recent);
    const late = host.attachments.detach(old);
    await expect(late).rejects.toMatchObject({ code: 'IncorrectState' });
    expect(host.hypervisor.list).toHaveLength(1);
    await host.attachments.detach(recent);
    expect(host.hypervisor.list).toEqual([]);
  });

  test('a hypervisor that cannot be asked proves nothing', async () => {
    const order = attachRequest(volumeId);
    await host.attachments.attach(order);
    host.hypervisor.isDead = true;
    const error = await host.attachments.detach(order).catch((thrown) => thrown);
    expect(error.message).toBe('no answer');
    expect(error.code).toBeUndefined();
  });
});
