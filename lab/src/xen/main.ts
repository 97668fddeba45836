import { fileURLToPath } from 'node:url';
import { runLab } from '../lab.js';
import { XenDelegate } from './xenDelegate.js';

const HOST = 'xen1';

await runLab({
  command: 'npm run lab:xen',
  home: fileURLToPath(new URL('../../../.vbs-xen', import.meta.url)),
  // Under emulation, an order can take very long on a machine that has other things to do.
  vmm: { name: HOST, isOnXen: true, settings: { hypervisorTimeoutSeconds: 110 } },
  frontEndSettings: { delegateTimeoutSeconds: 120, heartbeatSeconds: 5 },
  boot: async (deployment, tell, started) => {
    await tell.did('Front end and Volume Delegate started', () => deployment.start());
    const delegate = await tell.did(
      'Xen host booted under QEMU (the first time, its system is made of Debian packages)',
      async () => {
        const booted = await XenDelegate.boot(deployment, HOST, ['vm1', 'vm2']);
        started(booted.host);
        return booted;
      },
    );
    await tell.did('VMM Delegate started in its control domain', () => delegate.start());
    const vm1 = await tell.did('Paravirtual guest vm1 booted', () =>
      delegate.host.startGuest('vm1'),
    );
    const vm2 = await tell.did('Paravirtual guest vm2 booted', () =>
      delegate.host.startGuest('vm2'),
    );
    await tell.did(
      'xl list',
      () => delegate.host.must('xl list'),
      (list) => `\n${list.trimEnd()}`,
    );
    return [vm1, vm2];
  },
});
