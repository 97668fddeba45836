import { ServiceFault } from '@vbs-lustre/shared/faults';
import { newId } from '@vbs-lustre/shared/ids';
import type { vmmDelegate } from '@vbs-lustre/wsdl';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { reserveAttachment } from '../attachments.js';
import { detachVolume } from '../operations/detachVolume.js';
import { FAKE_UUID } from '../testing/fakeVmmDelegate.js';
import { ALICE, log, NO_ANSWER, openSite, type Site } from '../testing/site.js';
import { Hosts } from './hosts.js';
import { Looks } from './looks.js';

const OTHER_UUID = 'bbbbbbbb-bbbb-cccc-dddd-eeeeeeeeeeee';

let site: Site;
let volumeId: string;
let now: number;
let hosts: Hosts;

beforeEach(async () => {
  site = await openSite();
  volumeId = await site.volume();
  now = 0;
  hosts = new Hosts(site.frontEnd, 60_000, log, new Looks(() => now));
});
afterEach(() => site.close());

async function lookTwice(): Promise<void> {
  await hosts.round();
  now += 30_000;
  await hosts.round();
}

const statuses = async () => (await site.database('attachments')).map(({ status }) => status);
const actions = async () => (await site.database('events')).map(({ action }) => action);
const device = (other: Partial<vmmDelegate.Attachment> = {}): vmmDelegate.Attachment => ({
  ...{ instanceId: 'vm1', instanceUuid: FAKE_UUID, device: 'xvdb', volumeId },
  ...{ attachMode: 'w' as const, state: 'attached', ...other },
});

test('where all is well, nothing is done', async () => {
  await site.attach(volumeId, { attachMode: 'r' });
  await site.attach(volumeId, { attachMode: 'r', vmm: 'host2' });
  await lookTwice();
  expect(await statuses()).toEqual(['attached', 'attached']);
  expect(site.host1.received).toEqual(['AttachVolume']);
  expect(await actions()).toEqual([]);
});

test('a machine that is gone, or was made anew, has let go of its volumes', async () => {
  await site.attach(volumeId);
  site.host1.list = [];
  await hosts.round();
  now += 29_999;
  await hosts.round();
  expect(await statuses()).toEqual(['attached']);
  now += 1;
  await hosts.round();
  expect(await statuses()).toEqual([]);
  expect(await actions()).toEqual(['device-gone', 'attachment-ended']);
  await site.attach(volumeId, { vmm: 'host2' });
});

test('a device that comes back in between stays', async () => {
  await site.attach(volumeId);
  const { list } = site.host1;
  site.host1.list = [];
  await hosts.round();
  site.host1.list = list;
  now += 15_000;
  await hosts.round();
  site.host1.list = [];
  now += 15_000;
  await hosts.round();
  expect(await statuses()).toEqual(['attached']);
});

test('without proof the place is kept, and the detach goes on', async () => {
  await site.attach(volumeId);
  site.host1.list = [];
  site.host1.refusal = NO_ANSWER;
  await lookTwice();
  expect(await statuses()).toEqual(['detaching']);
  await expect(site.attach(volumeId, { vmm: 'host2' })).rejects.toMatchObject({
    code: 'VolumeInUse',
  });
  site.host1.refusal = undefined;
  await site.age();
  await hosts.round();
  expect(await statuses()).toEqual([]);
});

test('a host that does not answer keeps everything, and that is told once', async () => {
  await site.attach(volumeId);
  const other = await site.volume();
  await site.attach(other, { device: 'xvdc' });
  site.host1.refusal = site.host1.blind = NO_ANSWER;
  await site.call(detachVolume, { volumeId: other });
  await site.age();
  await lookTwice();
  await lookTwice();
  expect((await statuses()).sort()).toEqual(['attached', 'detaching']);
  expect(await actions()).toEqual(['given-up']);
  site.host1.refusal = site.host1.blind = undefined;
});

test('a device without a record is detached after two looks', async () => {
  site.host1.list = [device()];
  await hosts.round();
  now += 29_999;
  await hosts.round();
  expect(site.host1.received).toEqual([]);
  now += 1;
  await hosts.round();
  expect(site.host1.list).toEqual([]);
  expect(await actions()).toEqual(['stray-detached']);
});

test('a device of another order than its record’s is none of it', async () => {
  await site.attach(volumeId);
  const orderId = newId('ord');
  site.host1.list = [device({ orderId })];
  const asked: string[] = [];
  const { DetachVolume } = site.host1.client;
  site.host1.client.DetachVolume = async (request) => {
    asked.push(request.orderId);
    return DetachVolume(request);
  };
  await lookTwice();
  expect(asked[0]).toBe(orderId);
  // Only when the other is gone, the place is given back.
  await lookTwice();
  expect(await statuses()).toEqual([]);
});

test('right before it is detached, the database is looked at once more', async () => {
  const other = await site.volume();
  const seen = [device(), device({ volumeId: other, device: 'xvdc' })];
  site.host1.list = seen;
  await hosts.round();
  now += 30_000;
  // While the first is detached, the second gets its record.
  site.host1.meanwhile = async () => {
    const wanted = {
      ...{ orderId: newId('ord'), volumeId: other, instanceId: 'vm1', vmm: 'host1' },
      ...{ device: 'xvdc', mode: 'w' as const },
    };
    const use = { owner: ALICE, token: undefined, request: {} };
    await reserveAttachment(site.database, wanted, use);
  };
  await hosts.round();
  expect(site.host1.received).toEqual(['DetachVolume']);
  expect(await statuses()).toEqual(['attaching']);
});

test('a device that cannot be detached is told once', async () => {
  site.host1.list = [device()];
  site.host1.refusal = new ServiceFault('Unavailable', 'vm1 has not let go of xvdb yet.');
  await lookTwice();
  await lookTwice();
  const given = (await actions()).filter((action) => action === 'given-up');
  expect(given).toHaveLength(1);
  expect(site.host1.list).toHaveLength(1);
});

test('a volume that moved with its machine is neither detached nor free', async () => {
  await site.attach(volumeId);
  site.host2.list = site.host1.list;
  site.host1.list = [];
  await lookTwice();
  await lookTwice();
  expect(site.host2.list).toHaveLength(1);
  expect(await statuses()).toEqual(['attached']);
  expect(new Set(await actions())).toEqual(new Set(['given-up']));
});

test('a volume that another machine has without a record is not free before that is over', async () => {
  await site.attach(volumeId);
  site.host1.list = [];
  site.host2.list = [device({ instanceId: 'vm2', instanceUuid: OTHER_UUID })];
  site.host2.refusal = NO_ANSWER;
  await lookTwice();
  await lookTwice();
  expect(await statuses()).toEqual(['attached']);
  site.host2.refusal = undefined;
  await lookTwice();
  await lookTwice();
  expect(site.host2.list).toEqual([]);
  expect(await statuses()).toEqual([]);
});

test('a host that waits does not hold up the next round of another', async () => {
  let goOn = () => {};
  const gate = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  const { DescribeAttachments } = site.host1.client;
  let looked = 0;
  site.host1.client.DescribeAttachments = async (request) => {
    looked++;
    await gate;
    return DescribeAttachments(request);
  };
  site.host2.list = [device()];
  const first = hosts.round();
  while (looked === 0) await new Promise((resolve) => setTimeout(resolve, 1));
  now += 30_000;
  await hosts.round();
  expect(looked).toBe(1);
  goOn();
  await first;
});
