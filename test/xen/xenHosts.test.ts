import { createHash, randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { LabGuest } from '@vbs-lustre/lab/agent/labGuest';
import { XenDelegate } from '@vbs-lustre/lab/xen/xenDelegate';
import { newId } from '@vbs-lustre/shared/ids';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { sendSigned } from '../support/raw.js';
import { Testbed, until, whenAvailable } from '../support/testbed.js';

// Two hosts under emulation on one machine, which may have other things to do.
vi.setConfig({ testTimeout: 600_000, hookTimeout: 1_200_000 });
const LIMIT_MS = 300_000;

let testbed: Testbed;
let xen1: XenDelegate;
let xen2: XenDelegate;
let vm1: LabGuest;
let vm2: LabGuest;

beforeAll(async () => {
  const settings = { hypervisorTimeoutSeconds: 50 };
  testbed = await Testbed.start({
    vmmDelegates: [
      { name: 'xen1', isOnXen: true, settings },
      { name: 'xen2', isOnXen: true, settings },
    ],
    frontEndSettings: { reconcileSeconds: 10, delegateTimeoutSeconds: 60, heartbeatSeconds: 5 },
  });
  [xen1, xen2] = await Promise.all([boot('xen1', ['vm1', 'vm3']), boot('xen2', ['vm2'])]);
  [vm1, vm2] = await Promise.all([xen1.host.startGuest('vm1'), xen2.host.startGuest('vm2')]);
});

afterAll(async () => {
  await Promise.all([xen1?.host.stop(), xen2?.host.stop()]);
  await testbed.stop();
});

async function boot(name: string, guests: string[]): Promise<XenDelegate> {
  const delegate = await XenDelegate.boot(testbed.deployment, name, guests);
  await delegate.start();
  return delegate;
}

const on = (host: 1 | 2, volumeId: string, attachMode: 'r' | 'w', device = 'xvdb') => ({
  ...{ volumeId, instanceId: `vm${host}`, vmm: `xen${host}`, device, attachMode },
});
// An emulated host that has no time to announce itself is not heard of for a while.
const attach = (...place: Parameters<typeof on>) => {
  const request = { ...on(...place), clientToken: randomUUID() };
  return whenAvailable(() => testbed.alice.AttachVolume(request));
};
const detach = (volumeId: string, other: object = {}) => {
  const request = { volumeId, ...other, clientToken: randomUUID() };
  return whenAvailable(() => testbed.alice.DetachVolume(request));
};
const describeVolume = (volumeId: string) => testbed.alice.DescribeVolume({ volumeId });
const sum = async (vm: LabGuest) => {
  const { exitCode, output } = await vm.run('sha256sum </dev/xvdb', LIMIT_MS);
  expect(exitCode).toBe(0);
  return output;
};
const noLoopDevice = () =>
  expect.poll(() => xen1.host.must('losetup -a'), { timeout: LIMIT_MS }).toBe('');
const claims = async () =>
  (await testbed.files()).filter((name) => name.startsWith('.attachments/'));
const inUse = { code: 'VolumeInUse' };

describe('one Xen host', () => {
  it('knows a machine by its name, its UUID and its number', async () => {
    const volumeId = await testbed.volume(4);
    const [, uuid, number] = /^(\S+) +(\d+) +vm1/m.exec(await xen1.host.must('xl vm-list')) ?? [];
    for (const instanceId of [String(uuid), String(number)]) {
      const place = { ...on(1, volumeId, 'w'), instanceId, clientToken: randomUUID() };
      const attached = await whenAvailable(() => testbed.alice.AttachVolume(place));
      expect(attached).toMatchObject({ instanceId });
      expect(await vm1.waitForDisk('xvdb', LIMIT_MS)).toMatchObject({ readOnly: false });
      // The reconciler looks at least twice, and leaves it alone.
      if (instanceId === number) await delay(25_000);
      expect((await describeVolume(volumeId)).attachmentSet.item).toHaveLength(1);
      await detach(volumeId);
      await vm1.waitForDiskGone('xvdb', LIMIT_MS);
    }
  });

  it('attaches several volumes to one machine at once', async () => {
    const devices = ['xvdb', 'xvdc'];
    const volumes = await Promise.all(devices.map(() => testbed.volume(4)));
    await Promise.all(volumes.map((volumeId, n) => attach(1, volumeId, 'w', devices[n])));
    for (const device of devices) await vm1.waitForDisk(device, LIMIT_MS);
    await Promise.all(volumes.map((volumeId) => detach(volumeId)));
    for (const device of devices) await vm1.waitForDiskGone(device, LIMIT_MS);
    await noLoopDevice();
  });

  it('takes a volume from a machine that does not answer by force alone', async () => {
    const volumeId = await testbed.volume(4);
    await attach(1, volumeId, 'w');
    await xen1.host.must('xl pause vm1');
    expect(await detach(volumeId)).toMatchObject({ status: 'detaching' });
    expect(await describeVolume(volumeId)).toMatchObject({ status: 'in-use' });
    await expect(attach(2, volumeId, 'r')).rejects.toMatchObject(inUse);
    expect(await detach(volumeId, { force: true })).not.toHaveProperty('warning');
    await xen1.host.must('xl unpause vm1');
    expect(await describeVolume(volumeId)).toMatchObject({ status: 'available' });
    await noLoopDevice();
    await vm1.waitForDiskGone('xvdb', LIMIT_MS);
  });

  it('gives back what a machine had that was destroyed, and one that is born again under its name has nothing', async () => {
    const volumeId = await testbed.volume(4);
    const vm3 = await xen1.host.startGuest('vm3');
    const place = { ...on(1, volumeId, 'w'), instanceId: 'vm3', clientToken: randomUUID() };
    await whenAvailable(() => testbed.alice.AttachVolume(place));
    await vm3.waitForDisk('xvdb', LIMIT_MS);
    await vm3.crash();
    const reborn = await xen1.host.startGuest('vm3');
    await until(
      'the volume is free',
      async () => ((await describeVolume(volumeId)).status === 'available' ? true : undefined),
      LIMIT_MS,
    );
    expect(await reborn.disks()).toEqual([]);
    await reborn.crash();
  });

  it('recovers when its VMM Delegate is killed while it attaches', async () => {
    const volumeId = await testbed.volume(4);
    const outcome = attach(1, volumeId, 'w').catch((error) => error);
    await xen1.host.must(
      'until xenstore-exists /local/domain/0/backend/vbd/$(xl domid vm1)/51728; do sleep 0.1; done',
      LIMIT_MS,
    );
    await xen1.kill();
    await xen1.start();
    await outcome;
    const settled = await until(
      'it is attached or free',
      async () => {
        const volume = await describeVolume(volumeId);
        const [attachment] = volume.attachmentSet.item;
        return !attachment || attachment.status === 'attached' ? volume : undefined;
      },
      LIMIT_MS,
    );
    if (settled.attachmentSet.item.length > 0) {
      await vm1.waitForDisk('xvdb', LIMIT_MS);
      await detach(volumeId);
    }
    await vm1.waitForDiskGone('xvdb', LIMIT_MS);
    await attach(1, volumeId, 'w');
    await detach(volumeId);
    await noLoopDevice();
  });
});

describe('two Xen hosts', () => {
  /** What the first host has when it loses its power, and nobody gives up. */
  let kept: string;

  it('lets one write and nobody else in, and many read', async () => {
    const volumeId = await testbed.volume(16);
    await attach(1, volumeId, 'w');
    await vm1.waitForDisk('xvdb', LIMIT_MS);
    const written = await vm1.run('dd if=/dev/urandom of=/dev/xvdb bs=1M count=16 conv=fsync');
    expect(written.exitCode).toBe(0);
    for (const mode of ['w', 'r'] as const) {
      await expect(attach(2, volumeId, mode)).rejects.toMatchObject(inUse);
      // The second host's own guard, which knows nothing of the database, refuses it as well.
      expect(await orderedPastTheFrontEnd(volumeId, mode)).toContain('in use on another host');
    }
    expect(await vm2.disks()).toEqual([]);
    await detach(volumeId);
    await vm1.waitForDiskGone('xvdb', LIMIT_MS);

    await Promise.all([attach(1, volumeId, 'r'), attach(2, volumeId, 'r')]);
    await Promise.all([vm1, vm2].map((vm) => vm.waitForDisk('xvdb', LIMIT_MS)));
    const volume = readFileSync(join(testbed.deployment.layout.volumes, volumeId));
    const right = `${createHash('sha256').update(volume).digest('hex')}  -\n`;
    expect(await Promise.all([sum(vm1), sum(vm2)])).toEqual([right, right]);
    for (const vm of [vm1, vm2]) {
      expect((await vm.run('dd if=/dev/zero of=/dev/xvdb bs=4096 count=1')).exitCode).not.toBe(0);
    }
    await expect(attach(1, volumeId, 'w', 'xvdc')).rejects.toMatchObject(inUse);
    expect(await orderedPastTheFrontEnd(volumeId, 'w')).toContain('VolumeInUse');
    await detach(volumeId, { vmm: 'xen1' });
    await detach(volumeId, { vmm: 'xen2' });
  });

  it('gives up a host that lost its power while its machine wrote only by force, and has what was flushed', async () => {
    const volumeId = await testbed.volume(16);
    kept = await testbed.volume(4);
    await attach(1, volumeId, 'w');
    await attach(1, kept, 'w', 'xvdc');
    await vm1.waitForDisk('xvdb', LIMIT_MS);
    await vm1.run(`cat >/tmp/writer <<'END'
n=0
while n=$((n + 1)); do
  printf 'block %08d\\n' $n | dd of=/dev/xvdb bs=512 seek=$n conv=sync,fsync 2>/dev/null || exit
  echo $n >/tmp/flushed.new
  mv /tmp/flushed.new /tmp/flushed
done
END
sh /tmp/writer >/dev/null 2>&1 &`);
    const flushed = await until(
      'the machine has flushed some blocks',
      async () => {
        const { output } = await vm1.run('cat /tmp/flushed');
        return Number(output) >= 20 ? Number(output) : undefined;
      },
      LIMIT_MS,
    );
    await xen1.host.crash();

    await expect(testbed.alice.DetachVolume({ volumeId })).rejects.toMatchObject({
      code: 'Unavailable',
    });
    for (const mode of ['w', 'r'] as const) {
      await expect(attach(2, volumeId, mode)).rejects.toMatchObject(inUse);
      expect(await orderedPastTheFrontEnd(volumeId, mode)).toContain('in use on another host');
    }
    await expect(detach(volumeId, { force: true })).rejects.toMatchObject({
      code: 'IncorrectState',
      message: expect.stringContaining('acceptRisk=true'),
    });
    const { warning } = await detach(volumeId, { force: true, acceptRisk: true });
    expect(warning).toContain('make sure that the host is switched off');
    expect(readFileSync(testbed.deployment.layout.log('vbslustre'), 'utf8')).toContain(
      'a volume is detached by force, without the word of its host',
    );

    await attach(2, volumeId, 'w');
    await vm2.waitForDisk('xvdb', LIMIT_MS);
    const { output } = await vm2.run(
      `dd if=/dev/xvdb bs=512 skip=1 count=${flushed} 2>/dev/null | tr -d '\\0'`,
    );
    const blocks = Array.from(
      { length: flushed },
      (_, n) => `block ${String(n + 1).padStart(8, '0')}\n`,
    );
    expect(output).toBe(blocks.join(''));
    await detach(volumeId);
  });

  it('takes a host that has started again, which gives back by itself what its machines had', async () => {
    expect(await describeVolume(kept)).toMatchObject({ status: 'in-use' });
    await expect(attach(2, kept, 'w')).rejects.toMatchObject(inUse);
    xen1 = await boot('xen1', ['vm1']);
    await until(
      'the volume is free',
      async () => ((await describeVolume(kept)).status === 'available' ? true : undefined),
      LIMIT_MS,
    );
    expect(await claims()).toEqual([]);
    await attach(2, kept, 'w');
    await vm2.waitForDisk('xvdb', LIMIT_MS);
    await detach(kept);

    vm1 = await xen1.host.startGuest('vm1');
    const volumeId = await testbed.volume(4);
    await attach(1, volumeId, 'w');
    await vm1.waitForDisk('xvdb', LIMIT_MS);
    await detach(volumeId);
    expect(await claims()).toEqual([]);
  });
});

/** What the second host's VMM Delegate says to an order that a front end has signed that knows of no other attachment. */
async function orderedPastTheFrontEnd(volumeId: string, mode: 'r' | 'w'): Promise<string> {
  const { deployment } = testbed;
  const { port } = deployment.options.vmmDelegates.find(({ name }) => name === 'xen2') as {
    port: number;
  };
  const expires = new Date(Date.now() + 60_000).toISOString();
  const fields = { orderId: newId('ord'), expires, vmm: 'xen2', volumeId };
  const place = { instanceId: 'vm2', device: 'xvdc', attachMode: mode };
  const content = Object.entries({ ...fields, ...place })
    .map(([name, value]) => `<${name}>${value}</${name}>`)
    .join('');
  const request = `<AttachVolume xmlns="urn:vbs-lustre:vmm-delegate:2026-11">${content}</AttachVolume>`;
  const url = `https://127.0.0.1:${port}/vmm-delegate`;
  return (await sendSigned(deployment, 'vbslustre', request, { url })).text;
}
