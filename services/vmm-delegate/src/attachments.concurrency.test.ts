import { afterEach, beforeEach, expect, test } from 'vitest';
import { attachRequest, type Host, openHost } from './testing/host.js';

let host: Host;

beforeEach(async () => {
  host = await openHost();
});
afterEach(() => host.close());

test('different volumes go to different machines at once', async () => {
  let arrived = 0;
  let goOn = () => {};
  const all = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  // Nobody gets through before all are there: one after another, they would wait for ever.
  host.hypervisor.meanwhile = async () => {
    if (++arrived === 3) goOn();
    await all;
  };
  const attachments = ['vm1', 'vm2', 'vm3'].map(async (instanceId) =>
    host.attachments.attach(attachRequest(await host.volume(), { instanceId })),
  );
  await Promise.all(attachments);
  expect(host.hypervisor.list).toHaveLength(3);
});

test('orders for one machine, and for one volume, go one after another', async () => {
  let now = 0;
  let peak = 0;
  host.hypervisor.meanwhile = async () => {
    peak = Math.max(peak, ++now);
    await new Promise(setImmediate);
    now -= 1;
  };
  const volumes = await Promise.all([host.volume(), host.volume(), host.volume()]);
  const onOne = volumes.map((volumeId, n) =>
    host.attachments.attach(attachRequest(volumeId, { device: `xvd${'bcd'[n]}` })),
  );
  await Promise.all(onOne);
  const shared = await host.volume();
  const ofOne = ['vm1', 'vm2', 'vm3'].map((instanceId) =>
    host.attachments.attach(attachRequest(shared, { instanceId, mode: 'r', device: 'xvde' })),
  );
  await Promise.all(ofOne);
  expect(host.hypervisor.orders).toHaveLength(6);
  expect(peak).toBe(1);
});

test('of many that want to write the same volume one gets it', async () => {
  const volumeId = await host.volume();
  host.hypervisor.meanwhile = () => new Promise(setImmediate);
  const results = await Promise.allSettled(
    Array.from({ length: 12 }, (_, n) =>
      host.attachments.attach(attachRequest(volumeId, { instanceId: `vm${(n % 3) + 1}` })),
    ),
  );
  const refused = results.filter((each) => each.status === 'rejected');
  expect(refused.map(({ reason }) => reason.code)).toEqual(Array(11).fill('VolumeInUse'));
  expect(host.hypervisor.list).toHaveLength(1);
});

test('one order that arrives twice at once is carried out once', async () => {
  const order = attachRequest(await host.volume());
  const [one, two] = await Promise.all([
    host.attachments.attach(order),
    host.attachments.attach(order),
  ]);
  expect(two).toEqual(one);
  expect(host.hypervisor.orders).toEqual(['attach vm1 xvdb']);
});
