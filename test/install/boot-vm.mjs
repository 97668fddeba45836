// Boots a machine of the lab's on this host, which runs until this process ends: boot-vm.mjs NAME QMP-FOLDER
import { LabVm } from '@vbs-lustre/lab/qemu/labVm';

const [, , name, qmpDirectory] = process.argv;
const vm = await LabVm.start({ name, qmpDirectory, stateDirectory: `/run/${name}` });
process.on('SIGTERM', () => void vm.stop().then(() => process.exit(0)));
console.log('ready');
setInterval(() => undefined, 1_000_000);
