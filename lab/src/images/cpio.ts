export interface CpioFile {
  /** Relative to the root, without a leading slash; its folders must come before it. */
  path: string;
  /** Type and permissions as in `stat.st_mode`, such as 0o100755 for a program. */
  mode: number;
  content: Uint8Array;
}

/** Makes an archive in the "newc" format, the one that Linux unpacks as its initramfs. */
export function writeCpio(files: readonly CpioFile[]): Buffer {
  const end: CpioFile = { path: 'TRAILER!!!', mode: 0, content: new Uint8Array() };
  return Buffer.concat([...files, end].flatMap((file, index) => writeEntry(file, index + 1)));
}

function writeEntry({ path, mode, content }: CpioFile, inode: number): Buffer[] {
  const links = 1;
  const name = Buffer.from(`${path}\0`);
  const [uid, gid, mtime, devMajor, devMinor, rdevMajor, rdevMinor, checksum] = Array(8).fill(0);
  const fields = [inode, mode, uid, gid, links, mtime, content.length];
  fields.push(devMajor, devMinor, rdevMajor, rdevMinor, name.length, checksum);
  const header = `070701${fields.map((field) => field.toString(16).padStart(8, '0')).join('')}`;
  return [...padded(Buffer.concat([Buffer.from(header), name])), ...padded(content)];
}

function padded(bytes: Uint8Array): Buffer[] {
  return [Buffer.from(bytes), Buffer.alloc((4 - (bytes.length % 4)) % 4)];
}
