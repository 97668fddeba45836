import { createRequire } from 'node:module';
import { constants } from 'node:os';
import { getSystemErrorMap } from 'node:util';
import type koffi from 'koffi';

const require = createRequire(import.meta.url);

/** ioctl_ficlone(2). The few processors that number their requests differently refuse it: then data is copied. */
const FICLONE = 0x40049409;

/** Most helpers never need it. */
let libc: ReturnType<typeof loadLibc> | undefined;

/**
 * Sets the space of an open file aside, up to a size, and gives it that size, unless it is larger (fallocate(2)). This process stands
 * still meanwhile.
 * @throws {Error} with the `code` and `syscall` of what was refused, as Node's own calls do
 */
export function fallocate(fd: number, sizeBytes: number): void {
  check('fallocate', (c) => c.fallocate(fd, 0, 0, sizeBytes));
}

/**
 * Has an open file share all blocks of another. This process stands still meanwhile.
 * @throws {Error} as fallocate does
 */
export function ficlone(fd: number, sourceFd: number): void {
  check('ioctl', (c) => c.ioctl(fd, FICLONE, 'int', sourceFd));
}

function check(syscall: string, call: (c: ReturnType<typeof loadLibc>) => number): void {
  libc ??= loadLibc();
  if (call(libc) === 0) return;
  const errno = libc.errno() || constants.errno.EIO;
  const [code, words] = getSystemErrorMap().get(-errno) ?? [`errno ${errno}`, ''];
  throw Object.assign(new Error(`${code}: ${words}, ${syscall}`), { code, syscall });
}

/** The C library that Node itself uses. Offsets have 64 bits, as on every machine that has a Lustre client. */
function loadLibc() {
  const { load, errno } = require('koffi') as typeof koffi;
  const loaded = load(null);
  return {
    fallocate: loaded.func('int fallocate(int fd, int mode, int64_t offset, int64_t len)'),
    ioctl: loaded.func('int ioctl(int fd, unsigned long request, ...)'),
    errno,
  };
}
