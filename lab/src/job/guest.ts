import type { GuestDisk } from '../agent/guestDisks.js';
import type { LabGuest } from '../agent/labGuest.js';
import { JobFailure } from './narrator.js';

const MOUNT_POINT = '/mnt';
const DATA = `${MOUNT_POINT}/data`;
const DATA_BYTES = 8 * 1024 * 1024;

/** Has the guest make an ext2 file system (as the paper's tests did) and write a file; returns its SHA-256. */
export function writeFileSystem(vm: LabGuest, disk: GuestDisk): Promise<string> {
  return checksum(
    vm,
    `mke2fs /dev/${disk.name} >/dev/null && mount -t ext2 /dev/${disk.name} ${MOUNT_POINT} && ` +
      `head -c ${DATA_BYTES} /dev/urandom >${DATA} && sha256sum ${DATA} && umount ${MOUNT_POINT}`,
  );
}

/** Has the guest read the file again; returns its SHA-256. */
export function readFileSystem(vm: LabGuest, disk: GuestDisk): Promise<string> {
  return checksum(
    vm,
    `mount -t ext2 -o ro /dev/${disk.name} ${MOUNT_POINT} && sha256sum ${DATA} && umount ${MOUNT_POINT}`,
  );
}

/** Has the guest try to overwrite the disk; returns what the guest's kernel said. */
export async function refusedWrite(vm: LabGuest, disk: GuestDisk): Promise<string> {
  const { exitCode, output } = await vm.run(
    `dd if=/dev/zero of=/dev/${disk.name} bs=4096 count=1 2>&1`,
  );
  if (exitCode === 0) throw new JobFailure(`${vm.name} wrote to a disk that is read-only`);
  return output.split('\n')[0] ?? '';
}

const GUEST_MS = 120_000;

async function checksum(vm: LabGuest, script: string): Promise<string> {
  const { exitCode, output } = await vm.run(script, GUEST_MS);
  const [, sum] = /^([0-9a-f]{64}) /m.exec(output) ?? [];
  if (exitCode !== 0 || !sum) throw new JobFailure(`${vm.name} failed: ${output.trim()}`);
  return sum;
}
