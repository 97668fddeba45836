/** Linux's `sun_path` has 108 bytes, the last of them a zero. */
const MAX_BYTES = 107;

/**
 * Gives the path back if a Unix socket can have it.
 *
 * @throws {RangeError} if it is too long, which QEMU and Node.js report less clearly or not at all.
 */
export function checkSocketPath(path: string): string {
  const length = Buffer.byteLength(path);
  if (length <= MAX_BYTES) return path;
  throw new RangeError(
    `the path of a Unix socket can have ${MAX_BYTES} bytes, not ${length}; take a shorter folder: ${path}`,
  );
}
