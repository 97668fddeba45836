import { ServiceFault } from '@vbs-lustre/shared/faults';
import type { vbslustre } from '@vbs-lustre/wsdl';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { BOB, NO_ANSWER, NOT_DELIVERED, openSite, type Site } from '../testing/site.js';
import { detachVolume } from './detachVolume.js';

let site: Site;
let volumeId: string;

beforeEach(async () => {
  site = await openSite();
  volumeId = await site.volume();
});
afterEach(() => site.close());

const detach = (other: Partial<vbslustre.DetachVolume> = {}) =>
  site.call(detachVolume, { volumeId, ...other });
const statuses = async () =>
  (await site.database('attachments').orderBy('instance_id')).map(({ status }) => status);

test('what the host has let go is free for the next writer', async () => {
  await site.attach(volumeId);
  expect(await detach()).toMatchObject({ volumeId, instanceId: 'vm1', status: 'detaching' });
  expect(site.host1.list).toEqual([]);
  expect(await statuses()).toEqual([]);
  await site.attach(volumeId, { vmm: 'host2' });
});

test('the place is kept while the hypervisor is asked', async () => {
  await site.attach(volumeId);
  const seen: unknown[] = [];
  site.host1.meanwhile = async () => void seen.push(...(await statuses()));
  await detach();
  expect(seen).toEqual(['detaching']);
});

test('of several attachments the one that is described is meant', async () => {
  const r = { attachMode: 'r' } as const;
  await site.attach(volumeId, { ...r, instanceId: 'vm1' });
  await site.attach(volumeId, { ...r, instanceId: 'vm1', vmm: 'host2', device: 'xvdc' });
  await site.attach(volumeId, { ...r, instanceId: 'vm2', device: 'xvdd' });
  for (const vague of [{}, { instanceId: 'vm1' }, { vmm: 'host1' }]) {
    await expect(detach(vague)).rejects.toMatchObject({ code: 'MissingParameter' });
  }
  expect(await detach({ device: '/dev/xvdd' })).toMatchObject({ instanceId: 'vm2' });
  expect(await detach({ instanceId: 'vm1', vmm: 'host2' })).toMatchObject({ device: 'xvdc' });
  expect(await detach()).toMatchObject({ device: 'xvdb' });
});

test.each<Partial<vbslustre.DetachVolume>>([
  { instanceId: 'vm2' },
  { vmm: 'host2' },
  { device: 'xvdc' },
])('%j is no attachment', async (wrong) => {
  await site.attach(volumeId);
  await expect(detach(wrong)).rejects.toMatchObject({ code: 'InvalidAttachment.NotFound' });
  expect(await statuses()).toEqual(['attached']);
});

test('nothing attached, a bad device, and a volume of somebody else', async () => {
  await expect(detach()).rejects.toMatchObject({ code: 'InvalidAttachment.NotFound' });
  await site.attach(volumeId);
  await expect(detach({ device: '../x' })).rejects.toMatchObject({ code: 'InvalidParameterValue' });
  const stolen = site.call(detachVolume, { volumeId }, BOB);
  await expect(stolen).rejects.toMatchObject({ code: 'InvalidVolume.NotFound' });
});

test('what is still being attached is not detached', async () => {
  site.host1.lostAnswer = NO_ANSWER;
  await site.attach(volumeId).catch(() => undefined);
  await expect(detach()).rejects.toMatchObject({ code: 'IncorrectState' });
});

test('a host that cannot be reached has detached nothing', async () => {
  await site.attach(volumeId);
  site.host1.refusal = NOT_DELIVERED;
  await expect(detach()).rejects.toMatchObject({ code: 'Unavailable' });
  expect(await statuses()).toEqual(['attached']);
});

test('a refusal of the host is passed on, and the volume stays attached', async () => {
  await site.attach(volumeId);
  site.host1.refusal = new ServiceFault('IncorrectState', 'no');
  await expect(detach()).rejects.toMatchObject({ code: 'IncorrectState', message: 'no' });
  expect(await statuses()).toEqual(['attached']);
});

test.each([
  ['no answer', NO_ANSWER],
  ['a device that the machine does not let go', new ServiceFault('Unavailable', 'later')],
])('after %s the place is kept, and the request can be repeated', async (_case, trouble) => {
  await site.attach(volumeId);
  site.host1.refusal = trouble;
  expect(await detach()).toMatchObject({ status: 'detaching' });
  expect(await statuses()).toEqual(['detaching']);
  const other = site.attach(volumeId, { vmm: 'host2' });
  await expect(other).rejects.toMatchObject({ code: 'VolumeInUse' });
  site.host1.refusal = undefined;
  await detach();
  expect(await statuses()).toEqual([]);
});

test('a second detach that does not arrive does not undo the first, of which nothing is known', async () => {
  await site.attach(volumeId);
  site.host1.lostAnswer = NO_ANSWER;
  await detach();
  site.host1.refusal = NOT_DELIVERED;
  await expect(detach()).rejects.toMatchObject({ code: 'Unavailable' });
  expect(await statuses()).toEqual(['detaching']);
});

test('two at once: the proof of the one counts, though the other did not arrive', async () => {
  await site.attach(volumeId);
  let second: Promise<unknown> | undefined;
  site.host1.meanwhile = async () => {
    if (second) return;
    second = detach();
    await second;
    site.host1.refusal = NOT_DELIVERED;
  };
  await expect(detach()).rejects.toMatchObject({ code: 'Unavailable' });
  expect(await second).toMatchObject({ status: 'detaching' });
  expect(await statuses()).toEqual([]);
});

test('two at once: the first is taken back, and the second, of which nothing is known, is not', async () => {
  await site.attach(volumeId);
  let second: Promise<unknown> | undefined;
  let arrived = (): void => undefined;
  const arrival = new Promise<void>((resolve) => {
    arrived = resolve;
  });
  site.host1.meanwhile = async () => {
    if (second) {
      arrived();
      await vi.waitFor(async () => expect(await statuses()).toEqual(['attached']), 60_000);
      site.host1.refusal = NO_ANSWER;
    } else {
      second = detach();
      await arrival;
      site.host1.refusal = NOT_DELIVERED;
    }
  };
  await expect(detach()).rejects.toMatchObject({ code: 'Unavailable' });
  expect(await second).toMatchObject({ status: 'detaching' });
  expect(await statuses()).toEqual(['detaching']);
});
