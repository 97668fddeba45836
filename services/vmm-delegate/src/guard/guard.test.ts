import { chmod, mkdir, readdir, rename, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CLAIMS_FOLDER, claimName, UNKNOWN_ORDER } from '@vbs-lustre/shared/claims';
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { attachRequest, type Host, log, openHost } from '../testing/host.js';
import { Claims } from './claims.js';

let here: Host;
let there: Host;
let volumeId: string;

/** Two hosts, with a hypervisor each, that see one volume directory by different names. */
beforeEach(async () => {
  here = await openHost('host1');
  there = await openHost('host.2', here);
  volumeId = await here.volume();
});
afterEach(async () => {
  await there.close();
  await here.close();
});

const inUse = { code: 'VolumeInUse' };
const attach = (host: Host, other: Parameters<typeof attachRequest>[1] = {}) =>
  host.attachments.attach(attachRequest(volumeId, other));
const modeOf = async (id: string) => (await stat(join(here.directory, id))).mode & 0o777;

test.each([
  ['w', 'w', false],
  ['w', 'r', false],
  ['r', 'w', false],
  ['r', 'r', true],
] as const)('attached %s here, then %s there: %s', async (first, second, allowed) => {
  const order = attachRequest(volumeId, { mode: first });
  await here.attachments.attach(order);
  const other = attach(there, { mode: second });
  if (allowed) await other;
  else await expect(other).rejects.toMatchObject(inUse);
  expect(there.hypervisor.orders).toHaveLength(allowed ? 1 : 0);
  expect(await here.claims()).toHaveLength(allowed ? 2 : 1);
  if (allowed) return;
  await here.attachments.detach(order);
  expect(await here.claims()).toEqual([]);
  await attach(there, { mode: second });
});

test('where nothing was ever attached there is no folder, and no claim', async () => {
  await here.attachments.settleClaims();
  expect(await here.attachments.list()).toEqual([]);
  expect(await readdir(here.directory)).toEqual([volumeId]);
});

test('what is attached of a file that is not in sight gets no claim in its place', async () => {
  await attach(here);
  await rm(join(here.directory, CLAIMS_FOLDER), { recursive: true });
  await rename(join(here.directory, volumeId), join(here.root, volumeId));
  const settled = here.attachments.settleClaims();
  await expect(settled).rejects.toMatchObject({ code: 'InvalidVolume.NotFound' });
  expect(await readdir(here.directory)).toEqual([]);
});

test('the refusal does not say who has the volume', async () => {
  await attach(here);
  await expect(attach(there)).rejects.toThrow(
    /^(?!.*(host1|host\.2|vm\d)).*in use on another host/,
  );
});

test('the claim is there before the hypervisor is asked, and tells what it is for', async () => {
  const order = attachRequest(volumeId);
  const seen: string[][] = [];
  there.hypervisor.meanwhile = async () => void seen.push(await there.claims());
  await there.attachments.attach(order);
  const { uuid } = there.hypervisor.vm('vm1');
  const claim = { ...order, host: 'host.2', uuid };
  expect(seen).toEqual([[claimName(claim)]]);
});

test('of writers and readers that race on two hosts no two get in that exclude each other', async () => {
  let won = 0;
  for (let round = 0; round < 12; round++) {
    const orders = [here, there].map((host, n) => ({
      host,
      order: attachRequest(volumeId, { mode: round % 3 === n ? 'r' : 'w' }),
    }));
    await Promise.allSettled(orders.map(({ host, order }) => host.attachments.attach(order)));
    const holders = [...here.hypervisor.list, ...there.hypervisor.list];
    const modes = holders.map(({ mode }) => mode);
    expect(modes.length < 2 || !modes.includes('w'), modes.join()).toBe(true);
    expect(await here.claims()).toHaveLength(holders.length);
    won += holders.length;
    await Promise.all(orders.map(({ host, order }) => host.attachments.detach(order)));
    expect(await here.claims()).toEqual([]);
  }
  // Both may refuse when they meet, but one after the other they do not.
  await attach(here);
  expect(won).toBeLessThanOrEqual(24);
});

test('who claims looks at the others with it: a rival that came a moment before is seen', async () => {
  const rival = { ...attachRequest(volumeId), host: 'host3', uuid: 'u' };
  const make = Claims.prototype.make;
  const spy = vi.spyOn(Claims.prototype, 'make').mockImplementation(async function (
    this: Claims,
    claim,
  ) {
    const folder = join(here.directory, CLAIMS_FOLDER);
    await mkdir(folder);
    await writeFile(join(folder, claimName(rival)), '');
    const all = await make.call(this, claim);
    // Its own as well: so the look came after it was made.
    expect(all).toEqual(
      expect.arrayContaining([claim, expect.objectContaining({ host: 'host3' })]),
    );
    return all;
  });
  onTestFinished(() => spy.mockRestore());
  await expect(attach(here)).rejects.toMatchObject(inUse);
  expect(here.hypervisor.orders).toEqual([]);
  expect(await here.claims()).toEqual([claimName(rival)]);
});

test('the mode of the file says how it is used', async () => {
  const reader = attachRequest(volumeId, { mode: 'r' });
  await here.attachments.attach(reader);
  expect(await modeOf(volumeId)).toBe(0o440);
  await expect(attach(there)).rejects.toMatchObject(inUse);
  expect(await modeOf(volumeId)).toBe(0o440);
  await here.attachments.detach(reader);
  await attach(there);
  expect(await modeOf(volumeId)).toBe(0o660);
  await chmod(join(here.directory, volumeId), 0o600);
  await expect(attach(here, { mode: 'r' })).rejects.toMatchObject(inUse);
  expect(await modeOf(volumeId)).toBe(0o600);
});

describe('a delegate that dies', () => {
  /** Gives an order that never ends: its delegate is gone while the hypervisor is asked. */
  async function dieIn(host: Host, moment: 'before' | 'after'): Promise<string> {
    const order = attachRequest(volumeId);
    const { hypervisor } = host;
    await new Promise<void>((reached) => {
      hypervisor.meanwhile = async () => {
        if (moment === 'after') {
          const vm = hypervisor.vm('vm1');
          const file = join(host.directory, volumeId);
          hypervisor.list.push({ vm, device: 'xvdb', file, mode: 'w', state: 'attached' });
        }
        reached();
        await new Promise(() => {});
      };
      void host.attachments.attach(order);
    });
    hypervisor.meanwhile = undefined;
    host.attachments = host.restart();
    return order.orderId;
  }

  test('between claim and attach: nobody else gets in until its next life has looked', async () => {
    await dieIn(here, 'before');
    await expect(attach(there)).rejects.toMatchObject(inUse);
    await here.attachments.settleClaims();
    expect(await here.claims()).toEqual([]);
    await attach(there);
  });

  test('between attach and answer: its claim stays, and the order is known', async () => {
    const orderId = await dieIn(here, 'after');
    await here.attachments.settleClaims();
    await expect(attach(there)).rejects.toMatchObject(inUse);
    expect(await here.attachments.list()).toMatchObject([{ volumeId, orderId }]);
    await here.attachments.detach({ ...attachRequest(volumeId), orderId });
    await attach(there);
  });

  test('and is told first that the order is withdrawn: the claim goes with the withdrawal', async () => {
    const orderId = await dieIn(here, 'before');
    await here.attachments.detach({ ...attachRequest(volumeId), orderId });
    expect(await here.claims()).toEqual([]);
  });
});

describe('claims and the hypervisor’s list', () => {
  test('a machine that has ended has no claims, nor has a host that has rebooted', async () => {
    await attach(here, { mode: 'r' });
    await attach(here, { mode: 'r', instanceId: 'vm2' });
    here.hypervisor.list = here.hypervisor.list.filter(({ vm }) => vm.name === 'vm2');
    await here.attachments.settleClaims();
    expect(await here.claims()).toHaveLength(1);
    [here.hypervisor.list, here.hypervisor.vms] = [[], []];
    await here.restart().settleClaims();
    expect(await here.claims()).toEqual([]);
  });

  test('a host that cannot ask its hypervisor gives up nothing', async () => {
    await attach(here);
    here.hypervisor.isDead = true;
    await expect(here.attachments.settleClaims()).rejects.toThrow('no answer');
    await expect(attach(there)).rejects.toMatchObject(inUse);
  });

  test('an order at work keeps its claim', async () => {
    const look = vi.spyOn(here.hypervisor, 'look');
    let settling: Promise<void> | undefined;
    here.hypervisor.meanwhile = async () => {
      look.mockClear();
      settling = here.attachments.settleClaims();
      // It sees a claim without a device, and waits for the volume.
      await vi.waitFor(() => expect(look).toHaveBeenCalled(), 30_000);
    };
    await attach(here);
    await settling;
    expect(await here.claims()).toHaveLength(1);
  });

  test('what is attached without a claim gets one; any order may detach it', async () => {
    const order = attachRequest(volumeId);
    await here.attachments.attach(order);
    await here.guard.release(await here.guard.own());
    await here.attachments.settleClaims();
    expect(await here.guard.own()).toMatchObject([{ volumeId, orderId: UNKNOWN_ORDER }]);
    expect(await here.attachments.list()).toMatchObject([{ orderId: undefined }]);
    await expect(attach(there)).rejects.toMatchObject(inUse);
    await here.restart().detach(attachRequest(volumeId));
    expect(await here.claims()).toEqual([]);
  });

  test('a volume that is attached on two hosts, by force, is called so, and nobody else gets in', async () => {
    await attach(here);
    await here.guard.release(await here.guard.own());
    const recent = attachRequest(volumeId);
    await there.attachments.attach(recent);
    const errors = vi.spyOn(log, 'error');
    await here.attachments.settleClaims();
    expect(errors).toHaveBeenCalledWith('a volume is attached on two hosts', expect.anything());
    errors.mockRestore();
    await there.attachments.detach(recent);
    await expect(attach(there)).rejects.toMatchObject(inUse);
  });

  test.each(['lie', 'fail', 'leave incomplete', 'other mode'] as const)(
    'an attach that fails (%s) leaves no claim',
    async (trouble) => {
      here.hypervisor.onAttach = trouble;
      await expect(attach(here)).rejects.toMatchObject({ code: 'IncorrectState' });
      expect(await here.claims()).toEqual([]);
    },
  );

  test('a device that stays keeps its claim', async () => {
    here.hypervisor.onAttach = 'leave incomplete';
    here.hypervisor.onDetach = 'lie';
    const order = attachRequest(volumeId);
    await expect(here.attachments.attach(order)).rejects.toMatchObject({ code: 'Unavailable' });
    await expect(attach(there, { mode: 'r' })).rejects.toMatchObject(inUse);
    here.hypervisor.onDetach = 'obey';
    await here.attachments.detach(order);
    await attach(there, { mode: 'r' });
  });
});

describe('messages that come late, to a delegate that remembers nothing', () => {
  test('a detach does not take away what was attached since', async () => {
    const [old, recent] = [attachRequest(volumeId), attachRequest(volumeId)];
    await here.attachments.attach(old);
    await here.attachments.detach(old);
    await here.attachments.attach(recent);
    const late = here.restart().detach(old);
    await expect(late).rejects.toMatchObject({ code: 'IncorrectState' });
    expect(here.hypervisor.list).toHaveLength(1);
    await here.restart().detach(recent);
    await here.restart().detach(recent);
    expect(await here.claims()).toEqual([]);
  });

  test('an attach order that has expired is refused, but what it has done is not denied', async () => {
    const expired = attachRequest(volumeId, { expires: new Date(Date.now() - 1) });
    const refused = here.attachments.attach(expired);
    await expect(refused).rejects.toMatchObject({ code: 'IncorrectState' });
    expect(here.hypervisor.orders).toEqual([]);
    const attached = await here.attachments.attach({
      ...attachRequest(volumeId),
      orderId: expired.orderId,
    });
    expect(await here.restart().attach(expired)).toEqual(attached);
  });

  test('an attach that was withdrawn and still has its device is neither', async () => {
    const order = attachRequest(volumeId);
    await here.attachments.attach(order);
    here.hypervisor.onDetach = 'lie';
    await expect(here.attachments.detach(order)).rejects.toMatchObject({ code: 'Unavailable' });
    await expect(here.attachments.attach(order)).rejects.toMatchObject({ code: 'Unavailable' });
  });

  test('another order than the one that has the device does not get its answer', async () => {
    await attach(here);
    const other = here.restart().attach(attachRequest(volumeId));
    await expect(other).rejects.toMatchObject(inUse);
  });
});
