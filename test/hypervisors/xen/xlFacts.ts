import { chmod, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { GuestResult } from '@vbs-lustre/lab/agent/agentProtocol';
import { afterEach, describe, expect, test } from 'vitest';
import { HypervisorError } from '../../../services/vmm-delegate/src/hypervisors/driver.js';
import { diskArguments } from '../../../services/vmm-delegate/src/hypervisors/xen.js';
import { LONG_MS, type Site } from '../site.js';
import { DRIVER, type XenBench } from './xenBench.js';

/** In the control domain: a look that reads two nodes, which somebody else writes both in between, at once. */
const LOOK_WHILE_WRITTEN = `
import { execFileSync } from 'node:child_process';
import { lookAtStore } from '${DRIVER.replace('xen.js', 'xenstore.js')}';
const write = (text) => execFileSync('xenstore-write', ['/vbs-test/one', text, '/vbs-test/other', text]);
write('before');
let looks = 0;
const seen = await lookAtStore('/run/xenstored/socket', Date.now() + ${LONG_MS}, async (store) => {
  const one = await store.read('/vbs-test/one');
  if (looks++ === 0) write('after');
  return [one, await store.read('/vbs-test/other')];
});
console.log(seen.join());
execFileSync('xenstore-rm', ['/vbs-test']);
`;

/** What Xen's toolstack really says and does: the driver and its caller are as they are because of it. */
export function xlFacts(bench: () => XenBench, site: () => Site): void {
  const xl = (command: string): Promise<GuestResult> => bench().host.run(`xl ${command}`, LONG_MS);
  const attach = (vm: string, target: string, access: 'r' | 'w' = 'w') =>
    xl(`block-attach ${vm} format=raw,vdev=xvdb,access=${access},target=${target}`);
  /** The devices of that kind that the control domain serves, such as `1/51728`. */
  const backends = async (kind: string) =>
    (await bench().host.must(`xenstore-ls -f /local/domain/0/backend/${kind} || true`))
      .split('\n')
      .filter((line) => line.includes('/51728/params'));

  /** With another block script, for which Xen's own is `script.xen`. */
  const withScript = async (does: string, work: () => Promise<unknown>) => {
    const script = '/etc/xen/scripts/block';
    const lines = does.replace('script.xen', `${script}.xen`);
    await bench().host.must(
      `mv ${script} ${script}.xen; cat >${script} <<'EOF'\n#!/bin/bash\n${lines}\nEOF\nchmod +x ${script}`,
    );
    try {
      await work();
    } finally {
      await bench().host.must(`mv ${script}.xen ${script}`);
    }
  };

  test('a look at xenstore is of one moment, whatever is written meanwhile', async () => {
    const seen = await bench().host.must(`node --input-type=module -e "${LOOK_WHILE_WRITTEN}"`);
    expect(['before,before', 'after,after']).toContain(seen.trim());
  });

  describe('xl', () => {
    afterEach(() => site().clear());

    test('lets a second writer of a file in: the service alone keeps it out', async () => {
      const [{ vm: vm1 }, { vm: vm2 }] = await site().vms();
      const { path } = await site().file();
      expect(await attach('vm1', path)).toEqual({ exitCode: 0, output: '' });
      expect(await attach('vm2', path)).toEqual({ exitCode: 0, output: '' });
      const both = [vm1, vm2].map((vm) => ({ vm, file: path, mode: 'w', state: 'attached' }));
      // xl does not wait for the guests to take them.
      await expect.poll(() => site().attachments(), { timeout: LONG_MS }).toMatchObject(both);
    });

    test('lets a writer in beside two readers', async () => {
      await site().vms();
      const { path } = await site().file();
      for (const vm of ['vm1', 'vm2']) {
        expect(await attach(vm, path, 'r')).toEqual({ exitCode: 0, output: '' });
      }
      const writes = `block-attach vm1 format=raw,vdev=xvdc,access=w,target=${path}`;
      expect(await xl(writes)).toEqual({ exitCode: 0, output: '' });
    });

    test('takes a disk as xm did, in three words', async () => {
      const { vm } = await site().vm('vm1');
      const { volumeId, path } = await site().file();
      const order = { vm, device: 'xvdb', file: path, mode: 'r', serial: volumeId } as const;
      const words = diskArguments(order, 'xm').join(' ');
      expect(await xl(`block-attach vm1 ${words}`)).toEqual({ exitCode: 0, output: '' });
      const found = { vm, device: 'xvdb', file: path, mode: 'r', state: 'attached' };
      await expect.poll(() => site().attachments(), { timeout: LONG_MS }).toEqual([found]);
    });

    test('exits with 0 for a device that a paused guest has not taken', async () => {
      const { vm } = await site().vm('vm1');
      const { path } = await site().file();
      await site().pause('vm1');
      expect(await attach('vm1', path)).toEqual({ exitCode: 0, output: '' });
      const state = `xenstore-read /local/domain/0/backend/vbd/${vm.id}/51728/state`;
      expect((await bench().host.must(state)).trim()).not.toBe('4');
      expect(await site().attachments()).toMatchObject([{ file: path, state: 'incomplete' }]);
    });

    test('exits with 0 for a folder, which a backend gets that nobody serves', async () => {
      await site().vm('vm1');
      await mkdir(join(bench().folder.here, 'folder'));
      const path = `${bench().folder.there}/folder`;
      expect(await attach('vm1', path)).toMatchObject({ exitCode: 0 });
      expect(await backends('vbd')).toEqual([]);
      expect(await backends('qdisk')).toHaveLength(1);
      expect(await site().attachments()).toMatchObject([{ file: path, state: 'incomplete' }]);
    });

    test('refuses a read-only file as w in its block script, which leaves a device behind', async () => {
      const { vm } = await site().vm('vm1');
      const file = await site().file();
      await chmod(join(bench().folder.here, file.volumeId), 0o440);
      await expect(site().attach(vm, 'xvdb', file, 'w')).rejects.toThrow(HypervisorError);
      expect(await backends('vbd')).toHaveLength(1);
      expect(await site().attachments()).toEqual([
        { vm, device: 'xvdb', file: file.path, mode: 'w', state: 'incomplete' },
      ]);
      const again = await attach('vm1', file.path, 'r');
      expect(again).toMatchObject({ exitCode: 1 });
      expect(again.output).toContain('already exists');
      await bench().hypervisor.detach(vm, 'xvdb');
      expect(await site().attachments()).toEqual([]);
      expect(await backends('vbd')).toEqual([]);
      expect(await attach('vm1', file.path, 'r')).toEqual({ exitCode: 0, output: '' });
    });

    test('has a block script that makes buffered loop devices; one with direct I/O is told', async () => {
      const { vm } = await site().vm('vm1');
      await site().attach(vm, 'xvdb', await site().file());
      expect((await bench().host.must('cat /sys/block/loop*/loop/dio')).trim()).toBe('0');
      const isDirect = [{ state: 'attached', flaw: expect.stringContaining('direct I/O') }];
      // Somebody may do that at any time.
      await bench().host.must(
        'losetup --direct-io=on "$(losetup --list --noheadings --output NAME)"',
      );
      expect(await site().attachments()).toMatchObject(isDirect);
      await site().clear();
      await withScript(
        `script.xen "$@" || exit
[ "$1" != add ] || losetup --direct-io=on "$(xenstore-read "$XENBUS_PATH/node")"`,
        async () => {
          await site().attach(vm, 'xvdb', await site().file());
          expect(await site().attachments()).toMatchObject(isDirect);
        },
      );
    });

    test.each([
      { moment: 'before', notes: 'true' },
      { moment: 'after', notes: 'xenstore-write "$XENBUS_PATH/node"' },
    ])(
      'kills its block script $moment it has noted its loop device, which is freed in the end',
      async ({ notes }) => {
        const { vm } = await site().vm('vm1');
        const file = await site().file();
        await withScript(
          `[ "$1" = add ] || exec script.xen "$@"
${notes} "$(losetup --find --show "$(xenstore-read "$XENBUS_PATH/params")")"
exec sleep 600`,
          () => expect(site().attach(vm, 'xvdb', file)).rejects.toThrow(HypervisorError),
        );
        expect(await site().attachments()).toMatchObject([{ state: 'incomplete' }]);
        await bench().hypervisor.detach(vm, 'xvdb');
        expect(await bench().heldFiles()).toEqual([]);
      },
    );

    test('exits with 0 for a detach whose block script it has killed: the driver frees the loop device', async () => {
      const { vm } = await site().vm('vm1');
      await site().attach(vm, 'xvdb', await site().file());
      await withScript('exec sleep 600', () => bench().hypervisor.detach(vm, 'xvdb'));
      expect(await site().attachments()).toEqual([]);
      expect(await bench().heldFiles()).toEqual([]);
    });

    test('exits with 0 for the devices of a domain that does not exist', async () => {
      for (const domain of ['nosuch', '99']) {
        expect(await xl(`block-list ${domain}`)).toMatchObject({ exitCode: 0 });
      }
      expect((await xl('domid nosuch')).exitCode).not.toBe(0);
    });

    test('says why it attaches nothing', async () => {
      await site().vm('vm1');
      const { path } = await site().file();
      const failed = (output: string) => ({
        exitCode: 1,
        output: expect.stringContaining(output),
      });
      expect(await attach('nosuch', path)).toEqual(
        failed('nosuch is an invalid domain identifier'),
      );
      expect(await attach('99', path)).toEqual(failed('unable to get domain type for domid=99'));
      expect(await attach('vm1', `${path}-none`)).toEqual(failed('failed to stat'));
      expect(await xl('block-attach')).toMatchObject({ exitCode: 2 });
      expect(await site().attachments()).toEqual([]);
    });

    test('exits with 1 for a detach of what is not attached', async () => {
      await site().vm('vm1');
      const detached = await xl('block-detach vm1 xvdb');
      expect(detached).toMatchObject({ exitCode: 1 });
      expect(detached.output).toContain('not connected');
    });
  });
}
