import type { GuestDisk } from '../qemu/guestDisks.js';
import type { LabVm } from '../qemu/labVm.js';
import { JobFailure } from './narrator.js';

const MOUNT_POINT = '/mnt';
const DATA = `${MOUNT_POINT}/data`;
const DATA_BYTES = 8 * 1024 * 1024;

/** The disk by which a guest sees a volume; its serial number is the volume's id without the dash. */
export function diskOf(vm: LabVm, volumeId: string): Promise<GuestDisk> {
  return vm.waitForDisk(volumeId.replace('-', ''));
}

/** Has the guest make an ext2 file system (as the paper's tests did) and write a file; returns its SHA-256. */
export function writeFileSystem(vm: LabVm, disk: GuestDisk): Promise<string> {
  return checksum(
    vm,
    `mke2fs /dev/${disk.name} >/dev/null && mount -t ext2 /dev/${disk.name} ${MOUNT_POINT} && ` +
      `head -c ${DATA_BYTES} /dev/urandom >${DATA} && sha256sum ${DATA} && umount ${MOUNT_POINT}`,
  );
}

/** Has the guest read the file again; returns its SHA-256. */
export function readFileSystem(vm: LabVm, disk: GuestDisk): Promise<string> {
  return checksum(
    vm,
    `mount -t ext2 -o ro /dev/${disk.name} ${MOUNT_POINT} && sha256sum ${DATA} && umount ${MOUNT_POINT}`,
  );
}

/** Has the guest try to overwrite the disk; returns what the guest's kernel said. */
export async function refusedWrite(vm: LabVm, disk: GuestDisk): Promise<string> {
  const { exitCode, output } = await vm.run(
    `dd if=/dev/zero of=/dev/${disk.name} bs=4096 count=1 2>&1`,
  );
  if (exitCode === 0) throw new JobFailure(`${vm.name} wrote to a disk that is read-only`);
  return output.split('\n')[0] ?? '';
}

const GUEST_MS = 120_000;

async function checksum(vm: LabVm, script: string): Promise<string> {
  const { exitCode, output } = await vm.run(script, GUEST_MS);
  const [, sum] = /^([0-9a-f]{64}) /m.exec(output) ?? [];
  if (exitCode !== 0 || !sum) throw new JobFailure(`${vm.name} failed: ${output.trim()}`);
  return sum;
}
