/** Numbers as the guest interface of Xen defines them: a Linux major number above eight bits of minor. */
const EXTENDED = 1 << 28;
const SCHEMES: Record<number, { prefix: string; firstDisk: number; partitionBits: number }> = {
  202: { prefix: 'xvd', firstDisk: 0, partitionBits: 4 },
  8: { prefix: 'sd', firstDisk: 0, partitionBits: 4 },
  3: { prefix: 'hd', firstDisk: 0, partitionBits: 6 },
  22: { prefix: 'hd', firstDisk: 2, partitionBits: 6 },
};

/**
 * The name of a virtual block device: 51728 is `xvdb` (202 * 256 + 16 * 1). A number that stands for no
 * name is returned in digits.
 */
export function vdevName(vdev: number): string {
  if (vdev & EXTENDED) return diskName('xvd', (vdev >> 8) & 0xfffff, vdev & 0xff);
  const scheme = SCHEMES[vdev >> 8];
  if (!scheme) return String(vdev);
  const { prefix, firstDisk, partitionBits } = scheme;
  const minor = vdev & 0xff;
  const partition = minor & ((1 << partitionBits) - 1);
  return diskName(prefix, firstDisk + (minor >> partitionBits), partition);
}

function diskName(prefix: string, disk: number, partition: number): string {
  return `${prefix}${letters(disk)}${partition || ''}`;
}

/** 0 is `a`, 25 is `z`, 26 is `aa`. */
function letters(disk: number): string {
  const last = String.fromCharCode('a'.charCodeAt(0) + (disk % 26));
  return disk < 26 ? last : letters(Math.floor(disk / 26) - 1) + last;
}
