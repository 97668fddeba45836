import { chmod, mkdir, rename, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { newId } from '@vbs-lustre/shared/ids';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { type Host, log, openHost } from './testing/host.js';
import { VolumeDirectory } from './volumeDirectory.js';

let host: Host;

beforeEach(async () => {
  host = await openHost();
});
afterEach(() => host.close());

test('a directory that is given by a link is known by its own path', async () => {
  const volumeId = await host.volume();
  expect(await host.volumes.fileOf(volumeId)).toBe(join(host.directory, volumeId));
  expect(host.volumes.volumeOf(join(host.directory, volumeId))).toBe(volumeId);
});

test('a directory that is not there', async () => {
  const opened = VolumeDirectory.open(join(host.root, 'none'), host.files, log);
  await expect(opened).rejects.toThrow('no such file or directory');
});

test('it is looked at as long as it is there', async () => {
  await host.volumes.look();
  await rename(host.directory, `${host.directory}-away`);
  await expect(host.volumes.look()).rejects.toThrow('no such file or directory');
  await rename(`${host.directory}-away`, host.directory);
});

test('what is attached can be written or only read, and stays marked as a clone', async () => {
  const volumeId = await host.volume();
  const file = join(host.directory, volumeId);
  await chmod(file, 0o1660);
  await host.volumes.protect(volumeId, 'r');
  expect((await stat(file)).mode & 0o7777).toBe(0o1440);
  await host.volumes.protect(volumeId, 'w');
  expect((await stat(file)).mode & 0o7777).toBe(0o1660);
});

test('a volume that is never written is not made writable', async () => {
  const volumeId = await host.volume();
  const file = join(host.directory, volumeId);
  await chmod(file, 0o4440);
  await expect(host.volumes.protect(volumeId, 'w')).rejects.toMatchObject({
    code: 'IncorrectState',
    message: `${volumeId} can only be read; attach it with attachMode r.`,
  });
  await host.volumes.protect(volumeId, 'r');
  expect((await stat(file)).mode & 0o7777).toBe(0o4440);
});

test('only a regular file right in the directory is a volume', async () => {
  const notFound = { code: 'InvalidVolume.NotFound' };
  const [folder, link, deep] = [newId('vol'), newId('vol'), newId('vol')];
  await mkdir(join(host.directory, folder));
  await writeFile(join(host.directory, folder, deep), '');
  await symlink('/etc/passwd', join(host.directory, link));
  for (const id of [folder, link, deep, newId('vol')]) {
    await expect(host.volumes.fileOf(id)).rejects.toMatchObject(notFound);
  }
});

test.each(['', '.', '../x', '*', newId('snap'), `${newId('vol')}*`, '/etc/passwd'])(
  '“%s” is no id',
  async (id) => {
    const refused = host.volumes.fileOf(id);
    await expect(refused).rejects.toMatchObject({ code: 'InvalidParameterValue' });
  },
);

test('files of others are no volumes', () => {
  const id = newId('vol');
  for (const file of ['/images/root.img', `/elsewhere/${id}`, `${host.directory}x${id}`, id]) {
    expect(host.volumes.volumeOf(file)).toBeUndefined();
  }
  expect(host.volumes.volumeOf(join(host.directory, newId('snap')))).toBeUndefined();
});
