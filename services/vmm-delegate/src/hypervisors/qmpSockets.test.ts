import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { QmpConnection } from './qmp.js';
import { QmpSockets } from './qmpSockets.js';
import { FakeQmpServer, line } from './testing/fakeQmpServer.js';

let directory: string;
let path: string;
let server: FakeQmpServer;
let sockets: QmpSockets;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'vbs-qmp-'));
  path = join(directory, 'vm.qmp');
  sockets = new QmpSockets(60_000);
  server = await FakeQmpServer.listen(path, ({ execute, id }, client) => {
    if (execute === 'quit') client.destroy();
    else client.write(line({ return: execute, id }));
  });
});
afterEach(async () => {
  await server.stop();
  await rm(directory, { recursive: true });
});

function ask(command: string, holdMs = 0) {
  return sockets.use(path, async (qmp) => {
    await delay(holdMs);
    return qmp.execute(command);
  });
}

test('calls that overlap share one connection, and the first to end leaves it to the others', async () => {
  expect(await Promise.all([ask('a'), ask('b', 100), ask('c', 50)])).toEqual(['a', 'b', 'c']);
  expect(server.clients).toBe(1);
});

test('the last call closes the connection, so that others get the monitor', async () => {
  let used: QmpConnection | undefined;
  await sockets.use(path, async (qmp) => {
    used = qmp;
  });
  expect(used?.closed).toBe(true);
  expect(await ask('next')).toBe('next');
  expect(server.clients).toBe(2);
});

test('a failed call closes the connection as well', async () => {
  let used: QmpConnection | undefined;
  const failed = sockets.use(path, async (qmp) => {
    used = qmp;
    throw new Error('no');
  });
  await expect(failed).rejects.toThrow('no');
  expect(used?.closed).toBe(true);
});

test('a connection that broke is not shared any more, though a call still holds it', async () => {
  const holder = sockets.use(path, () => delay(300));
  await expect(ask('quit')).rejects.toMatchObject({ kind: 'closed' });
  expect(await ask('next')).toBe('next');
  await holder;
});

test('after a monitor that was gone the next call tries again', async () => {
  await server.stop();
  await expect(ask('a')).rejects.toMatchObject({ kind: 'gone' });
  server = await FakeQmpServer.listen(path, ({ id }, client) =>
    client.write(line({ return: 1, id })),
  );
  expect(await ask('a')).toBe(1);
});
