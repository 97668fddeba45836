import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newId } from '@vbs-lustre/shared/ids';
import { partName } from '@vbs-lustre/shared/partName';
import { afterEach, beforeEach, expect, test } from 'vitest';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'space-'));
});
afterEach(() => rm(folder, { recursive: true }));

/** A zombie has ended. */
async function isAlive(pid: string): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => ') X ');
  return !/\) [ZX] /.test(stat);
}

test('what removes a part ends with its delegate: the next start makes one of the same name', async () => {
  const noted = join(folder, 'pid');
  // A file system that takes for ever to remove it.
  const slow = `#!/bin/sh\necho $$ >${noted}\nexec sleep 600\n`;
  await writeFile(join(folder, 'rm'), slow, { mode: 0o755 });
  // As other packages are: from its build.
  const script = `
    import { SpaceLedger } from '${new URL('../../dist/storage/space.js', import.meta.url)}';
    const [, directory, name] = process.argv;
    await new SpaceLedger(undefined, { directory, commandTimeoutMs: 600_000 }).release(name);`;
  const name = partName({ id: newId('vol'), bytes: 1, orderId: newId('ord') });
  const delegate = spawn(process.execPath, ['--input-type=module', '-e', script, folder, name], {
    stdio: 'ignore',
    env: { ...process.env, PATH: `${folder}:${process.env.PATH}` },
  });
  const ended = once(delegate, 'exit');
  await expect.poll(() => readFile(noted, 'utf8').catch(() => '')).toMatch(/\n$/);
  const pid = (await readFile(noted, 'utf8')).trim();
  expect(await isAlive(pid)).toBe(true);
  delegate.kill('SIGKILL');
  await ended;
  await expect.poll(() => isAlive(pid)).toBe(false);
});
