import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newId } from '@vbs-lustre/shared/ids';
import { createLog } from '@vbs-lustre/shared/log';
import { Attachments, type AttachRequest } from '../attachments.js';
import { VolumeDirectory } from '../volumeDirectory.js';
import { FakeHypervisor } from './fakeHypervisor.js';

export const log = createLog({ service: 'test', level: 'error', format: 'json' });
log.silent = true;

export type Host = Awaited<ReturnType<typeof openHost>>;

/** A host with three machines and a real volume directory, which is configured by a link to it. */
export async function openHost() {
  const root = await mkdtemp(join(tmpdir(), 'vmm-delegate-'));
  const [directory, mounted] = [join(root, 'volumes'), join(root, 'mounted')];
  await mkdir(directory);
  await symlink(directory, mounted);
  const hypervisor = new FakeHypervisor('vm1', 'vm2', 'vm3');
  const volumes = await VolumeDirectory.open(mounted, 10_000);
  const restart = () => new Attachments(hypervisor, volumes, log);
  return {
    ...{ root, directory, hypervisor, volumes, restart, attachments: restart() },
    async volume(): Promise<string> {
      const id = newId('vol');
      await writeFile(join(directory, id), 'data');
      return id;
    },
    close: () => rm(root, { recursive: true }),
  };
}

export function attachRequest(volumeId: string, other: Partial<AttachRequest> = {}): AttachRequest {
  const place = { instanceId: 'vm1', device: 'xvdb', mode: 'w' } as const;
  return { orderId: newId('ord'), volumeId, ...place, ...other };
}
