import { once } from 'node:events';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { LabVm } from './labVm.js';

const SERIAL = 'vol0123456789abcdef0';
const SIZE = 16 * 1024 * 1024;

let folder: string;
let volume: string;
let vm: LabVm;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lab-vm-'));
  volume = join(folder, 'volume');
  const file = await open(volume, 'w');
  await file.truncate(SIZE);
  await file.close();
  vm = await LabVm.start({ name: 'vm1', qmpDirectory: folder, stateDirectory: folder });
});

afterAll(async () => {
  await vm?.stop();
  await rm(folder, { recursive: true });
});

it('starts without disks', async () => {
  expect(await vm.disks()).toEqual([]);
});

it('gives output and exit code of a script, whatever they look like', async () => {
  const output = '<<< 1 exit=0 \n<<< ready\n\u00e9\n';
  const script = `printf '%s' '${output}'; echo problem >&2; exit 7`;
  expect(await vm.run(script)).toEqual({ exitCode: 7, output: `${output}problem\n` });
});

it('gives up on a script that takes too long, and serves the next one', async () => {
  await expect(vm.run('sleep 60', 1_000)).rejects.toThrow('no answer within 1000 ms');
  expect(await vm.run('echo alive')).toEqual({ exitCode: 0, output: 'alive\n' });
});

it('keeps what one attachment wrote for the next, which is read-only', async () => {
  await attach({ readOnly: false });
  const disk = await vm.waitForDisk(SERIAL);
  expect(disk).toEqual({ name: 'vda', sizeBytes: SIZE, readOnly: false, serial: SERIAL });
  const written = await vm.run(
    'set -e; mke2fs /dev/vda >/dev/null; mount -t ext2 /dev/vda /mnt\n' +
      'head -c 1000000 /dev/urandom >/mnt/data; sha256sum /mnt/data; umount /mnt',
  );
  expect(written).toMatchObject({ exitCode: 0, output: expect.stringMatching(/^[0-9a-f]{64} /) });
  await detach();
  await vm.waitForDiskGone(SERIAL);

  await attach({ readOnly: true });
  const { readOnly } = await vm.waitForDisk(SERIAL);
  expect(readOnly).toBe(true);
  const read = await vm.run('mount -t ext2 -o ro /dev/vda /mnt; sha256sum /mnt/data; umount /mnt');
  expect(read.output).toBe(written.output);
  const overwritten = await vm.run('dd if=/dev/zero of=/dev/vda bs=4096 count=1');
  expect(overwritten.exitCode).not.toBe(0);
  await detach();
  await vm.waitForDiskGone(SERIAL);
  expect(await vm.disks()).toEqual([]);
});

async function attach({ readOnly }: { readOnly: boolean }): Promise<void> {
  const file = { driver: 'file', filename: volume, locking: 'on' };
  const node = { driver: 'raw', 'node-name': 'volume', 'read-only': readOnly, file };
  const device = { driver: 'virtio-blk-pci', id: 'disk', drive: 'volume', serial: SERIAL };
  await talk([
    { execute: 'blockdev-add', arguments: node },
    { execute: 'device_add', arguments: device },
  ]);
}

async function detach(): Promise<void> {
  await talk([{ execute: 'device_del', arguments: { id: 'disk' } }], 'DEVICE_DELETED');
  await talk([{ execute: 'blockdev-del', arguments: { 'node-name': 'volume' } }]);
}

/** Sends commands to the monitor one by one and then waits for an event, if one is named. */
async function talk(commands: object[], event?: string): Promise<void> {
  const socket = connect(vm.monitorSocket);
  const lines = createInterface({ input: socket })[Symbol.asyncIterator]();
  const next = async (wanted: (message: Record<string, unknown>) => boolean) => {
    for (;;) {
      const { value, done } = await lines.next();
      if (done) throw new Error('the monitor closed the connection');
      const message = JSON.parse(value);
      if (message.error) throw new Error(value);
      if (wanted(message)) return;
    }
  };
  try {
    await next((message) => 'QMP' in message);
    let eventCame = event === undefined;
    for (const command of [{ execute: 'qmp_capabilities' }, ...commands]) {
      socket.write(`${JSON.stringify(command)}\n`);
      await next((message) => {
        eventCame ||= message.event === event;
        return 'return' in message;
      });
    }
    if (!eventCame) await next((message) => message.event === event);
  } finally {
    socket.destroy();
    await once(socket, 'close');
  }
}
