/** What programs say, which users and operators know; libuv has words of its own. */
const WORDS: Readonly<Record<string, string>> = {
  EACCES: 'Permission denied',
  EDQUOT: 'Disk quota exceeded',
  EEXIST: 'File exists',
  EFBIG: 'File too large',
  EIO: 'Input/output error',
  ELOOP: 'Too many levels of symbolic links',
  EMLINK: 'Too many links',
  ENOENT: 'No such file or directory',
  ENOSPC: 'No space left on device',
  ENOTCONN: 'Transport endpoint is not connected',
  ENOTDIR: 'Not a directory',
  ENOTSUP: 'Operation not supported',
  EPERM: 'Operation not permitted',
  EROFS: 'Read-only file system',
  ESTALE: 'Stale file handle',
};

/** Why the file system refused something, without a path. */
export function wordsFor({ code = '', message = '' }: Partial<NodeJS.ErrnoException>): string {
  // Of Node's words those that name no path: EBUSY: resource busy or locked, link '…'.
  return WORDS[code] ?? message.split(',')[0] ?? code;
}
