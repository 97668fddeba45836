import { mkdir, readdir, rename, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CLAIMS_FOLDER, type Claim, claimName } from '@vbs-lustre/shared/claims';
import { newId } from '@vbs-lustre/shared/ids';
import { createLog } from '@vbs-lustre/shared/log';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { COMMAND_TIMEOUT_MS, makeFolders } from '../jobs/testing/delegate.js';
import { releaseClaims } from '../operations/releaseClaims.js';
import { ClaimFiles } from './claimFiles.js';

let folders: Awaited<ReturnType<typeof makeFolders>>;
let claims: ClaimFiles;

const log = createLog({ service: 'test', level: 'error', format: 'json' });
const caller = { userId: 'CN=front-end', requestId: 'req-1', log };

beforeEach(async () => {
  folders = await makeFolders();
  claims = new ClaimFiles(folders.directory, COMMAND_TIMEOUT_MS);
});
afterEach(() => folders.remove());

const folder = () => join(folders.directory, CLAIMS_FOLDER);

async function claim(volumeId: string, host: string, mode: Claim['mode'] = 'r'): Promise<string> {
  const name = claimName({
    ...{ volumeId, mode, host, orderId: newId('ord'), device: 'xvdb', uuid: 'u' },
  });
  await mkdir(folder(), { recursive: true });
  await writeFile(join(folder(), name), '');
  return name;
}

test('the claims of this host on this volume end, and no others', async () => {
  const [one, other] = [newId('vol'), newId('vol')];
  const kept = [await claim(one, 'host10'), await claim(one, 'host'), await claim(other, 'host1')];
  for (const mode of ['r', 'r', 'w'] as const) await claim(one, 'host1', mode);
  const answer = await releaseClaims(claims)({ volumeId: one, vmm: 'host1' }, caller);
  expect(answer).toEqual({ released: 3 });
  expect((await readdir(folder())).sort()).toEqual(kept.sort());
  expect(await claims.release(one, 'host1')).toBe(0);
});

test.each(['*', 'host?', '[h]ost1', '../host1', '', '/'])(
  '“%s” means no other host',
  async (vmm) => {
    const volumeId = newId('vol');
    await claim(volumeId, 'host1');
    expect(await claims.release(volumeId, vmm)).toBe(0);
  },
);

test('where no host has attached anything yet there is nothing to release', async () => {
  expect(await claims.release(newId('vol'), 'host1')).toBe(0);
});

test('a link in the place of the folder is not followed', async () => {
  const volumeId = newId('vol');
  const name = await claim(volumeId, 'host1');
  const elsewhere = join(folders.directory, '..', 'elsewhere');
  await rename(folder(), elsewhere);
  await symlink(elsewhere, folder());
  expect(await claims.release(volumeId, 'host1')).toBe(0);
  expect(await readdir(elsewhere)).toEqual([name]);
});

test('what is no volume is refused', async () => {
  const wrong = releaseClaims(claims)({ volumeId: '*', vmm: 'host1' }, caller);
  await expect(wrong).rejects.toMatchObject({ code: 'InvalidParameterValue' });
});
