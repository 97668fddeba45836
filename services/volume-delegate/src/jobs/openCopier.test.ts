import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openCopier } from './openCopier.js';
import { Pace } from './pace.js';
import { COMMAND_TIMEOUT_MS, log, makeFolders } from './testing/delegate.js';
import { VolumeFiles } from './volumeFiles.js';

/** What one before 5.0 says. */
const FAKE_OLD_QEMU_IMG = `#!/bin/sh
case "$*" in *--target-is-zero*)
  echo "qemu-img: unrecognized option '--target-is-zero'" >&2
  echo "Try 'qemu-img --help' for more information" >&2
  exit 1
esac
exec qemu-img "$@"
`;

let folders: Awaited<ReturnType<typeof makeFolders>>;
let old: string;

beforeEach(async () => {
  folders = await makeFolders();
  old = join(folders.exchange, 'fake-old-qemu-img');
  await writeFile(old, FAKE_OLD_QEMU_IMG, { mode: 0o755 });
});
afterEach(() => folders.remove());

function openWith(qemuImg: string, pace = new Pace()) {
  const { directory: volumeDirectory } = folders;
  const files = new VolumeFiles(volumeDirectory, COMMAND_TIMEOUT_MS, pace);
  return openCopier(files, pace, { volumeDirectory, commandTimeoutSeconds: 20, qemuImg }, log);
}

describe('what copies', () => {
  test.each(['no-such-program', 'fake-old-qemu-img'])('is cp where there is %s', async (name) => {
    const copier = await openWith(name === 'fake-old-qemu-img' ? old : name);
    const pathOf = (file: string) => join(folders.directory, file);
    await writeFile(pathOf('source'), 'data');
    await writeFile(pathOf('part'), '');
    const { signal } = new AbortController();
    const sizes = { sourceSize: 4, sizeBytes: 6, isReserved: false };
    expect(await copier.copy({ source: 'source', part: 'part', ...sizes, signal })).toBe(true);
    expect(await readFile(pathOf('part'), 'utf8')).toBe('data\0\0');
  });

  test('can keep a pace only with a qemu-img, and with one that knows how', async () => {
    await expect(openWith('no-such-program', new Pace(4))).rejects.toThrow('it is not installed');
    await expect(openWith(old, new Pace(4))).rejects.toThrow("option '--target-is-zero'");
    await expect(openWith('qemu-img', new Pace(4))).resolves.toBeDefined();
  });

  test('is not what does not work', async () => {
    await expect(openWith('false')).rejects.toThrow('false');
  });
});
