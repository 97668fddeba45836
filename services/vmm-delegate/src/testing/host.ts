import { mkdir, mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { CLAIMS_FOLDER } from '@vbs-lustre/shared/claims';
import { newId } from '@vbs-lustre/shared/ids';
import { Locks } from '@vbs-lustre/shared/locks';
import { createLog } from '@vbs-lustre/shared/log';
import { Attachments, type AttachRequest } from '../attachments.js';
import { Copies } from '../copies.js';
import { Files } from '../files/files.js';
import { Claims } from '../guard/claims.js';
import { Guard } from '../guard/guard.js';
import { VolumeDirectory } from '../volumeDirectory.js';
import { FakeHypervisor } from './fakeHypervisor.js';

export const log = createLog({ service: 'test', level: 'error', format: 'json' });
log.silent = true;

const TIMEOUT_MS = 60_000;

export type Host = Awaited<ReturnType<typeof openHost>>;

/**
 * A host with three machines and a real volume directory, which is configured by a link to it.
 * @param neighbour a host that has the same volume directory
 */
export async function openHost(name = 'host1', neighbour?: { directory: string }) {
  const root = await mkdtemp(join(tmpdir(), 'vmm-delegate-'));
  const [directory, mounted] = [
    neighbour?.directory ?? join(root, 'volumes'),
    join(root, 'mounted'),
  ];
  await mkdir(directory, { recursive: true });
  await symlink(directory, mounted);
  const hypervisor = new FakeHypervisor('vm1', 'vm2', 'vm3');
  const files = new Files(TIMEOUT_MS);
  const volumes = await VolumeDirectory.open(mounted, files, log);
  const guard = new Guard(name, new Claims(volumes.path, files), volumes, log);
  const restart = () => new Attachments(hypervisor, volumes, guard, log);
  return {
    ...{
      name,
      root,
      directory,
      hypervisor,
      files,
      volumes,
      guard,
      restart,
      attachments: restart(),
      copies: new Copies(hypervisor, volumes, guard, log, new Locks()),
    },
    /** Of all hosts, in the order of their names. */
    async claims(): Promise<string[]> {
      const names = await readdir(directory, { recursive: true });
      const own = names.filter((each) => each.startsWith(`${CLAIMS_FOLDER}/`));
      return own.map((each) => basename(each)).sort();
    },
    async volume(): Promise<string> {
      const id = newId('vol');
      await writeFile(join(directory, id), 'data');
      return id;
    },
    close: async () => {
      await rm(root, { recursive: true });
    },
  };
}

export function attachRequest(volumeId: string, other: Partial<AttachRequest> = {}): AttachRequest {
  const place = { instanceId: 'vm1', device: 'xvdb', mode: 'w' } as const;
  const expires = new Date(Date.now() + 3_600_000);
  return { orderId: newId('ord'), volumeId, expires, ...place, ...other };
}
