import { fileURLToPath } from 'node:url';
import { runLab } from './lab.js';
import { LabVm } from './qemu/labVm.js';

const VMM = 'vmm1';

await runLab({
  command: 'npm start',
  home: fileURLToPath(new URL('../../.vbs', import.meta.url)),
  vmm: { name: VMM },
  boot: async (deployment, tell, started) => {
    await tell.did('Front end, Volume Delegate and VMM Delegate started', () => deployment.start());
    const boot = async (name: string) => {
      const vm = await LabVm.start({
        name,
        qmpDirectory: deployment.layout.vms(VMM),
        stateDirectory: deployment.layout.state(name),
      });
      started(vm);
      return vm;
    };
    return tell.did('Virtual machines vm1 and vm2 booted', () =>
      Promise.all([boot('vm1'), boot('vm2')]),
    );
  },
});
