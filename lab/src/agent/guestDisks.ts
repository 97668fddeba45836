/** A disk as the guest itself sees it. */
export interface GuestDisk {
  /** The guest's name for it, such as `vda`: /dev/vda. */
  name: string;
  sizeBytes: number;
  readOnly: boolean;
  /** What the VMM gave as the serial number when it attached the disk; at most 20 characters. */
  serial: string;
}

/** Reads what `list-disks` prints in the guest. */
export function parseDisks(output: string): GuestDisk[] {
  const lines = output.split('\n').filter((line) => line !== '');
  return lines.map((line) => {
    const [name = '', size, readOnly, serial = ''] = line.split(' ');
    return { name, sizeBytes: Number(size), readOnly: readOnly === '1', serial };
  });
}
