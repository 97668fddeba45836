import { chmod, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { GuestResult } from '@vbs-lustre/lab/agent/agentProtocol';
import { afterEach, describe, expect, test } from 'vitest';
import { HypervisorError } from '../../../services/vmm-delegate/src/hypervisors/driver.js';
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

    test('has a block script that makes buffered loop devices; one with direct I/O is not left attached', async () => {
      const { vm } = await site().vm('vm1');
      await site().attach(vm, 'xvdb', await site().file());
      expect((await bench().host.must('cat /sys/block/loop*/loop/dio')).trim()).toBe('0');
      await site().clear();
      // A script of the site's own, after Xen's.
      const script = '/etc/xen/scripts/block';
      const direct = `mv ${script} ${script}.xen; cat >${script} <<'EOF'
#!/bin/bash
${script}.xen "$@" || exit
[ "$1" != add ] || losetup --direct-io=on "$(xenstore-read "$XENBUS_PATH/node")"
EOF
chmod +x ${script}`;
      await bench().host.must(direct);
      try {
        const attached = site().attach(vm, 'xvdb', await site().file());
        await expect(attached).rejects.toThrow('direct I/O');
        expect(await site().attachments()).toEqual([]);
      } finally {
        await bench().host.must(`mv ${script}.xen ${script}`);
      }
    });

    test('exits with 0 for the devices of a domain that does not exist', async () => {
      expect(await xl('block-list nosuch')).toMatchObject({ exitCode: 0 });
      expect((await xl('domid nosuch')).exitCode).not.toBe(0);
    });

    test('exits with 1 for a detach of what is not attached', async () => {
      await site().vm('vm1');
      const detached = await xl('block-detach vm1 xvdb');
      expect(detached).toMatchObject({ exitCode: 1 });
      expect(detached.output).toContain('not connected');
    });
  });
}
