import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { removeDisk } from './qemuDisks.js';
import { QmpConnection } from './qmp.js';
import { FakeQmpServer, line } from './testing/fakeQmpServer.js';

// What a real QEMU without a guest can't be made to say; all else is tried on one, in qemu.test.ts.

const LONG_MS = 60_000;
let directory: string;
let server: FakeQmpServer;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'vbs-qmp-'));
});
afterEach(async () => {
  await server.stop();
  await rm(directory, { recursive: true });
});

/** QEMU with one disk of ours; `events` come one after another once the unplug has been asked for. */
async function qemuWith(events: object[]): Promise<QmpConnection> {
  const path = join(directory, 'vm.qmp');
  server = await FakeQmpServer.listen(path, async ({ execute, id }, client) => {
    const nodes = [{ 'node-name': 'vbs-xvdb', file: '/vol', ro: false }];
    const answers: Record<string, unknown> = { 'query-named-block-nodes': nodes, 'query-jobs': [] };
    client.write(line({ return: answers[execute] ?? {}, id }));
    if (execute !== 'device_del') return;
    for (const event of events) {
      await delay(20);
      client.write(line(event));
    }
  });
  return QmpConnection.open(path, LONG_MS);
}

function asked(): string[] {
  return server.commands.map(({ execute }) => execute).slice(1);
}

test('the node goes when this very device is deleted, not when a part or another one is', async () => {
  const path = '/machine/peripheral/vbs-xvdb';
  const others = [
    { event: 'DEVICE_DELETED', data: { path: `${path}/virtio-backend` } },
    { event: 'DEVICE_DELETED', data: { device: 'vbs-xvdc', path: '/machine/peripheral/vbs-xvdc' } },
  ];
  const qmp = await qemuWith([
    ...others,
    { event: 'DEVICE_DELETED', data: { device: 'vbs-xvdb', path } },
  ]);
  await removeDisk(qmp, 'xvdb', LONG_MS);
  expect(asked()).toEqual([
    ...['device_del', 'query-jobs', 'query-named-block-nodes', 'blockdev-del'],
  ]);
  qmp.close();

  await server.stop();
  const never = await qemuWith(others);
  await expect(removeDisk(never, 'xvdb', 200)).rejects.toThrow('did not release xvdb');
  expect(asked()).toEqual(['device_del']);
});

test('a guest that refuses is reported, and the node stays', async () => {
  const data = { device: 'vbs-xvdb', path: '/machine/peripheral/vbs-xvdb' };
  const qmp = await qemuWith([{ event: 'DEVICE_UNPLUG_GUEST_ERROR', data }]);
  await expect(removeDisk(qmp, 'xvdb', LONG_MS)).rejects.toThrow(
    'the guest refuses to release xvdb',
  );
  expect(asked()).toEqual(['device_del']);
});
