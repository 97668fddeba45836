import { join } from 'node:path';
import { QmpConnection } from '@vbs-lustre/vmm-delegate/dist/hypervisors/qmp.js';
import { LabVm } from '../qemu/labVm.js';
import { type AttachBench, timed } from './attachBench.js';

const HOST = 'vmm1';
const ID = 'bare';
const ANSWER_MS = 30_000;

/** By QEMU's second monitor, beside the delegate's own. */
export const benchQemu: AttachBench = {
  name: 'qemu',
  delegate: { name: HOST },
  boot: async ({ layout }) => {
    const vm = await LabVm.start({
      name: 'vm1',
      qmpDirectory: layout.vms(HOST),
      stateDirectory: layout.state('vm1'),
    });
    const qmp = await QmpConnection.open(vm.watchSocket, ANSWER_MS);
    return {
      guest: vm,
      attach: (name) =>
        timed(async () => {
          const file = { driver: 'file', filename: join(layout.volumes, name), locking: 'on' };
          await qmp.execute('blockdev-add', { driver: 'raw', 'node-name': ID, file });
          await qmp.execute('device_add', { driver: 'virtio-blk-pci', id: ID, drive: ID });
        }),
      detach: () =>
        timed(async () => {
          const isGone = qmp.nextEvent(
            ({ event, data }) => event === 'DEVICE_DELETED' && data?.device === ID,
            ANSWER_MS,
          );
          await qmp.execute('device_del', { id: ID });
          await isGone;
          await qmp.execute('blockdev-del', { 'node-name': ID });
        }),
      stop: async () => {
        qmp.close();
        await vm.stop();
      },
    };
  },
};
