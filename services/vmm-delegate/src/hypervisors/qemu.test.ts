import { mkdtemp, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  type AttachOrder,
  type Hypervisor,
  HypervisorError,
  type VirtualMachine,
} from './driver.js';
import { openQemu } from './qemu.js';
import { QmpConnection } from './qmp.js';
import { RealQemu } from './testing/realQemu.js';

const vm1 = { name: 'vm1', uuid: '00000001-0000-4000-8000-00000000000a' };
const vm2 = { name: 'vm2', uuid: '00000002-0000-4000-8000-00000000000a' };
/** Enough for a busy QEMU to answer what it answers at once. */
const HASTY_MS = 2_000;

// What every driver must do is tried with real guests: test/hypervisors. Here is what is QEMU's own.
let directory: string;
let running: RealQemu[];
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'vbs-qemu-'));
  running = [];
});
afterEach(async () => {
  await Promise.all(running.map((qemu) => qemu.kill()));
  await rm(directory, { recursive: true });
});

async function start(vm: VirtualMachine, ...args: string[]): Promise<RealQemu> {
  const qemu = await RealQemu.start({ directory, ...vm, args });
  running.push(qemu);
  return qemu;
}

const vmsOf = async (hypervisor: Hypervisor) => (await hypervisor.look()).vms;
const attachmentsOf = async (hypervisor: Hypervisor, vm?: VirtualMachine) =>
  (await hypervisor.look(vm)).attachments;

function driver(timeoutMs = 60_000) {
  return openQemu({ directory, timeoutMs });
}

async function image(name = 'vol.img'): Promise<string> {
  const path = join(directory, name);
  await writeFile(path, '');
  await truncate(path, 1024 * 1024);
  return path;
}

async function order(changes: Partial<AttachOrder> = {}): Promise<AttachOrder> {
  const file = changes.file ?? (await image());
  return { vm: vm1, device: 'xvdb', mode: 'w', serial: 'vol-12345678', ...changes, file };
}

/** Plays the guest: resets the machine until the detach is over. */
async function released(qemu: RealQemu, detach: Promise<void>): Promise<void> {
  const over = detach.then(() => true);
  while (!(await Promise.race([over, delay(100, false)]))) await qemu.reset();
}

describe('VMs', () => {
  test('are the processes behind the sockets; the socket of a dead one is none', async () => {
    await start(vm1);
    await (await start(vm2)).kill();
    await writeFile(join(directory, 'not-a-socket.qmp'), '');
    expect(await vmsOf(driver())).toEqual([vm1]);
  });

  test('are waited for while another client holds the monitor', async () => {
    await start(vm1);
    const other = await QmpConnection.open(join(directory, 'vm1.qmp'), 60_000);
    await expect(vmsOf(driver(HASTY_MS))).rejects.toThrow('serves another client');
    const list = vmsOf(driver());
    await delay(HASTY_MS);
    other.close();
    expect(await list).toEqual([vm1]);
  });

  test('that do not answer fail the list rather than be left out of it', async () => {
    const qemu = await start(vm1);
    qemu.freeze();
    await expect(attachmentsOf(driver(HASTY_MS))).rejects.toThrow(/^vm1: /);
  });

  test('can be asked by more callers at once than the monitor has room for', async () => {
    await start(vm1);
    const lists = await Promise.all(Array.from({ length: 12 }, () => vmsOf(driver())));
    expect(lists).toEqual(Array(12).fill([vm1]));
  });

  test('can not be listed without their directory', async () => {
    const lost = openQemu({ directory: join(directory, 'nowhere'), timeoutMs: 1_000 });
    await expect(vmsOf(lost)).rejects.toThrow(HypervisorError);
  });
});

describe('attach', () => {
  test('never guesses a format from what the guest wrote', async () => {
    const qemu = await start(vm1);
    const file = await image();
    await writeFile(file, Buffer.from('QFI\xfb\0\0\0\x03', 'latin1'), { flag: 'r+' });
    await driver().attach(await order({ file }));
    const [device] = (await qemu.command('query-block')) as [{ inserted: { drv: string } }];
    expect(device.inserted.drv).toBe('raw');
  });

  test.each([
    ['w', 'w'],
    ['w', 'r'],
    ['r', 'w'],
  ] as const)(
    'fails where the other VM has the file %s and this one wants %s',
    async (has, wants) => {
      await Promise.all([start(vm1), start(vm2)]);
      const file = await image();
      await driver().attach(await order({ file, mode: has }));
      const refused = driver().attach(await order({ file, mode: wants, vm: vm2 }));
      await expect(refused).rejects.toThrow(HypervisorError);
      await expect(refused).rejects.toThrow('lock');
      expect(await attachmentsOf(driver(), vm2)).toEqual([]);
    },
  );

  test('fails for a name that leaves the directory', async () => {
    await start(vm1);
    const failed = driver().attach(await order({ vm: { name: '../vm1', uuid: vm1.uuid } }));
    await expect(failed).rejects.toThrow(HypervisorError);
    await expect(failed).rejects.toThrow('no such VM');
  });

  test('takes its block node away if the machine has no room for the device', async () => {
    const qemu = await start(vm1, '-machine', 'none');
    await expect(driver().attach(await order())).rejects.toThrow('PCI');
    expect(await qemu.command('query-named-block-nodes')).toEqual([]);
  });
});

describe('a list', () => {
  test('holds the disks of others under their own names, and no empty drives', async () => {
    const file = await image();
    const drive = ['-drive', `file=${file},format=raw,if=ide,id=root`];
    await start(vm1, ...drive, '-drive', 'if=ide,media=cdrom,id=empty');
    expect(await attachmentsOf(driver())).toEqual([
      { vm: vm1, device: 'root', file, mode: 'w', state: 'attached' },
    ]);
  });

  test('shows a block node without its device, and a detach removes it', async () => {
    const qemu = await start(vm1);
    const file = await image();
    const node = {
      driver: 'raw',
      'node-name': 'vbs-xvdb',
      file: { driver: 'file', filename: file },
    };
    await qemu.command('blockdev-add', node);
    expect(await attachmentsOf(driver())).toEqual([
      { vm: vm1, device: 'xvdb', file, mode: 'w', state: 'incomplete' },
    ]);
    await driver().detach(vm1, 'xvdb');
    expect(await attachmentsOf(driver())).toEqual([]);
  });
});

describe('detach', () => {
  test('fails if the guest does not answer; repeated, it waits for the same request', async () => {
    const qemu = await start(vm1);
    await driver().attach(await order());
    const hasty = driver(HASTY_MS);
    await expect(hasty.detach(vm1, 'xvdb')).rejects.toThrow('did not release xvdb within 2000 ms');
    await expect(hasty.detach(vm1, 'xvdb')).rejects.toThrow('did not release xvdb within 2000 ms');
    expect(await attachmentsOf(driver())).toMatchObject([{ state: 'attached' }]);
    await released(qemu, driver().detach(vm1, 'xvdb'));
    expect(await attachmentsOf(driver())).toEqual([]);
  });

  test('that the guest answered too late leaves a node, which the next one removes', async () => {
    const qemu = await start(vm1);
    await driver().attach(await order());
    await expect(driver(HASTY_MS).detach(vm1, 'xvdb')).rejects.toThrow('did not release');
    await qemu.reset();
    await expect.poll(() => attachmentsOf(driver())).toMatchObject([{ state: 'incomplete' }]);
    await driver().detach(vm1, 'xvdb');
    expect(await attachmentsOf(driver())).toEqual([]);
  });

  test('does not keep lists and other orders waiting for its guest', async () => {
    const qemu = await start(vm1);
    const one = driver();
    await one.attach(await order());
    const detach = one.detach(vm1, 'xvdb');
    await one.attach(await order({ device: 'xvdc', file: await image('c.img') }));
    expect(await attachmentsOf(one)).toHaveLength(2);
    await released(qemu, detach);
    expect(await attachmentsOf(one)).toMatchObject([{ device: 'xvdc' }]);
  });

  test('returns if the VM ends meanwhile: its devices have ended with it', async () => {
    const qemu = await start(vm1);
    await driver().attach(await order());
    const detach = driver().detach(vm1, 'xvdb');
    await delay(HASTY_MS);
    await qemu.kill();
    await expect(detach).resolves.toBeUndefined();
  });
});
