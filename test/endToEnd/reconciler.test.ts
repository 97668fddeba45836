import { existsSync } from 'node:fs';
import { readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { connectVmmDelegate, fromFiles } from '@vbs-lustre/client';
import type { LabVm } from '@vbs-lustre/lab/qemu/labVm';
import { newId } from '@vbs-lustre/shared/ids';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { Sqlite } from '../../services/vbslustre/src/metadata/sqlite.js';
import { Testbed, until } from '../support/testbed.js';

/** Two looks 30 s apart, on a machine that has other things to do. */
const LIMIT_MS = 240_000;
const MIB = 1024 ** 2;
const FAILURE = 'failure : cmd error';

let testbed: Testbed;
let vm1: LabVm;
let vm2: LabVm;

beforeAll(async () => {
  const frontEndSettings = { reconcileSeconds: 1, delegateTimeoutSeconds: 30 };
  testbed = await Testbed.start({
    frontEndSettings,
    volumeDelegates: [{ name: 'volume-delegate-a' }, { name: 'volume-delegate-b' }],
  });
  [vm1, vm2] = await Promise.all([testbed.boot('vm1'), testbed.boot('vm2')]);
});

afterAll(() => testbed.stop());

it('puts everything right that its records and the world disagree about, after a kill -9 too', async () => {
  const { alice, deployment } = testbed;
  const { volumes } = deployment.layout;
  const [kept, orphaned, stray, lost] = [
    await testbed.volume(1),
    await testbed.volume(1),
    await testbed.volume(1),
    await testbed.volume(1),
  ];
  const place = { vmm: 'vmm1', device: 'xvdb', attachMode: 'w' as const };
  await alice.AttachVolume({ ...place, volumeId: kept, instanceId: 'vm1' });
  await alice.AttachVolume({ ...place, volumeId: orphaned, instanceId: 'vm2' });
  await vm1.waitForDisk(kept.replace('-', ''));

  // The instance that has the lease is killed: its next life has to wait for the end of the lease.
  await deployment.service('vbslustre').kill();
  await vm2.stop();
  await attachBehindItsBack(stray, 'xvdc');
  await vm1.waitForDisk(stray.replace('-', ''));
  const [file, orderId] = [newId('vol'), newId('ord')];
  const part = `.${newId('vol')}.${MIB}.${orderId}.part`;
  for (const name of [file, part]) await writeFile(join(volumes, name), 'somebody’s data');
  await rename(join(volumes, lost), join(volumes, 'elsewhere'));
  await deployment.restart('vbslustre');

  const volume = (volumeId: string) => alice.DescribeVolume({ volumeId });
  const [failed] = await Promise.all([
    until(
      'the volume without a file fails',
      async () => {
        const seen = await volume(lost);
        return seen.status === FAILURE ? seen : undefined;
      },
      LIMIT_MS,
    ),
    until(
      'the volume of the machine that is gone is free',
      async () => ((await volume(orphaned)).status === 'available' ? true : undefined),
      LIMIT_MS,
    ),
    until(
      'the files that belong to nothing are aside',
      async () => ([file, part].some((name) => existsSync(join(volumes, name))) ? undefined : true),
      LIMIT_MS,
    ),
    vm1.waitForDiskGone(stray.replace('-', ''), LIMIT_MS),
  ]);
  expect(failed.statusMessage).toBe('its file is missing');
  const aside = join(volumes, '.aside');
  const moved = (await readdir(aside)).sort();
  expect(moved.map((name) => name.replace(/\.ord-[0-9a-f]{17}$/, ''))).toEqual([part, file].sort());
  expect(await readFile(join(aside, moved.at(-1) as string), 'utf8')).toBe('somebody’s data');

  await rename(join(volumes, 'elsewhere'), join(volumes, lost));
  await until('the file is found again', async () =>
    (await volume(lost)).status === 'available' ? true : undefined,
  );
  // What was right has stayed so, and what was put right is as good as new.
  expect(await volume(kept)).toMatchObject({ status: 'in-use' });
  await alice.AttachVolume({ ...place, device: 'xvdd', volumeId: orphaned, instanceId: 'vm1' });
  // What was done is written down a little later.
  await expect
    .poll(events)
    .toEqual(
      expect.arrayContaining([
        ...[`file-set-aside ${file}`, `file-set-aside ${part}`, `file-lost ${lost}`],
        ...[`file-found ${lost}`, `stray-detached ${stray}`],
        ...[`device-gone ${orphaned}`, `attachment-ended ${orphaned}`],
      ]),
    );
  expect(events().filter((event) => event.includes(kept))).toEqual([]);
  for (const volumeId of [orphaned, kept]) await alice.DetachVolume({ volumeId });
  for (const volumeId of [kept, orphaned, stray, lost]) await alice.DeleteVolume({ volumeId });
  const left = await testbed.files();
  expect(left.filter((name) => !name.startsWith('.aside'))).toEqual([]);
}, 900_000);

/** A front end that has lost its memory: it is certified, and no record knows of its order. */
async function attachBehindItsBack(volumeId: string, device: string): Promise<void> {
  const { pki } = testbed.deployment.layout;
  const [host] = testbed.deployment.options.vmmDelegates;
  const delegate = await connectVmmDelegate(
    await fromFiles({
      url: `https://127.0.0.1:${host?.port}/vmm-delegate`,
      certificate: `${pki}/vbslustre.crt`,
      privateKey: `${pki}/vbslustre.key`,
      authority: `${pki}/ca.crt`,
      service: 'CN=vmm1,OU=vmm-delegates,O=VBS-Lustre',
    }),
  );
  const expires = new Date(Date.now() + 60_000);
  const order = {
    orderId: newId('ord'),
    expires,
    vmm: 'vmm1',
    volumeId,
    instanceId: 'vm1',
    device,
  };
  await delegate.AttachVolume({ ...order, attachMode: 'r' });
}

/** What the reconciler has written down. */
function events(): string[] {
  const Database = Sqlite.prototype._driver();
  const database = new Database(testbed.deployment.layout.database, { readonly: true });
  const select = database.prepare('SELECT action, subject_id FROM events');
  const rows = select.all([]) as { action: string; subject_id: string }[];
  database.close();
  return rows.map(({ action, subject_id }) => `${action} ${subject_id}`);
}
