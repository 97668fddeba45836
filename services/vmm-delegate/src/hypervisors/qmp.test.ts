import { mkdtemp, rm } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { QmpConnection } from './qmp.js';
import { type Command, FakeQmpServer, line } from './testing/fakeQmpServer.js';

let directory: string;
let path: string;
let server: FakeQmpServer | undefined;
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'vbs-qmp-'));
  path = join(directory, 'vm.qmp');
});
afterEach(async () => {
  await server?.stop();
  server = undefined;
  await rm(directory, { recursive: true });
});

async function connect(script: (command: Command, client: Socket) => void, timeoutMs = 60_000) {
  server = await FakeQmpServer.listen(path, script);
  return QmpConnection.open(path, timeoutMs);
}

describe('execute', () => {
  test('agrees on capabilities first, then sends the command with its arguments', async () => {
    const qmp = await connect(({ id }, client) => client.write(line({ return: 7, id })));
    expect(await qmp.execute('device_del', { id: 'd' })).toBe(7);
    expect(server?.commands.map(({ execute, arguments: args }) => [execute, args])).toEqual([
      ['qmp_capabilities', {}],
      ['device_del', { id: 'd' }],
    ]);
  });

  test('puts an answer together that arrives in pieces, cut inside of a character', async () => {
    const qmp = await connect(async ({ id }, client) => {
      const bytes = Buffer.from(line({ return: 'schön', id }));
      const cut = bytes.indexOf(0xc3) + 1;
      client.write(bytes.subarray(0, cut));
      await delay(20);
      client.write(bytes.subarray(cut));
    });
    expect(await qmp.execute('x')).toBe('schön');
  });

  test('finds its answer among events and the answers to others, in one packet', async () => {
    const asked: number[] = [];
    const qmp = await connect(({ id }, client) => {
      asked.push(id);
      if (asked.length < 2) return;
      const answers = asked.reverse().map((each) => line({ return: `to ${each}`, id: each }));
      client.write([line({ event: 'RESUME' }), ...answers].join(line({ event: 'STOP' })));
    });
    const both = await Promise.all([qmp.execute('a'), qmp.execute('b')]);
    expect(both).toEqual(['to 2', 'to 3']);
  });

  test("fails with QEMU's class and words if the command is refused", async () => {
    const error = { class: 'DeviceNotFound', desc: "Device 'd' not found" };
    const qmp = await connect(({ id }, client) => client.write(line({ error, id })));
    await expect(qmp.execute('device_del')).rejects.toMatchObject({
      kind: 'refused',
      errorClass: 'DeviceNotFound',
      message: "Device 'd' not found",
    });
  });

  test('fails if no answer comes in time, and is not confused by one that comes later', async () => {
    let late = 0;
    const qmp = await connect(({ execute, id }, client) => {
      if (execute === 'slow') late = id;
      else client.write(line({ return: 'late', id: late }) + line({ return: 'right', id }));
    }, 2_000);
    await expect(qmp.execute('slow')).rejects.toMatchObject({ kind: 'timeout' });
    expect(await qmp.execute('quick')).toBe('right');
  });

  test('fails if the connection ends, and stays so', async () => {
    const qmp = await connect((_command, client) => client.destroy());
    await expect(qmp.execute('quit')).rejects.toMatchObject({ kind: 'closed' });
    await expect(qmp.execute('again')).rejects.toMatchObject({ kind: 'closed' });
    expect(qmp.closed).toBe(true);
  });

  test.each([
    ['what is not JSON', 'hello\n', 'not QMP: hello'],
    ['JSON that is no object', '7\n', 'not QMP: 7'],
    ['a line without end', 'x'.repeat(4 * 1024 * 1024 + 1), 'a line of more than'],
  ])('fails at %s', async (_case, text, words) => {
    const qmp = await connect((_command, client) => client.write(text));
    const failed = qmp.execute('x');
    await expect(failed).rejects.toMatchObject({ kind: 'protocol' });
    await expect(failed).rejects.toThrow(words);
  });
});

describe('nextEvent', () => {
  test('waits for the one that matches, also if it comes before the answer to its command', async () => {
    const qmp = await connect(({ id }, client) => {
      const data = { path: '/machine/peripheral/d' };
      client.write(line({ event: 'DEVICE_DELETED', data }));
      client.write(line({ event: 'DEVICE_DELETED', data: { ...data, device: 'd' } }));
      client.write(line({ return: {}, id }));
    });
    const event = qmp.nextEvent(({ data }) => data?.device === 'd', 60_000);
    await qmp.execute('device_del');
    expect(await event).toMatchObject({ event: 'DEVICE_DELETED', data: { device: 'd' } });
  });

  test('fails if it does not come in time', async () => {
    const qmp = await connect(() => {});
    await expect(qmp.nextEvent(() => true, 50)).rejects.toMatchObject({ kind: 'timeout' });
  });
});

describe('open', () => {
  test('fails as gone without a socket', async () => {
    await expect(QmpConnection.open(path, 1_000)).rejects.toMatchObject({ kind: 'gone' });
  });

  test('fails in time if no greeting comes', async () => {
    server = await FakeQmpServer.listen(path, () => {}, { greets: false });
    await expect(QmpConnection.open(path, 100)).rejects.toMatchObject({ kind: 'timeout' });
  });
});
