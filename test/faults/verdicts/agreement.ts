import { readdirSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { World } from '../support/world.js';
import type { Ledger } from './ledger.js';

/** What can be looked at. */
type Looked = Pick<World, 'deployment' | 'recorder'>;

/** Where records, files, attachments and devices contradict each other, in words. */
export async function disagreements(ledger: Ledger, world: Looked): Promise<string[]> {
  const { volumes } = world.deployment.layout;
  return [
    ...compareFiles(ledger, volumes),
    ...(await compareDevices(ledger, world)),
    ...(await world.recorder.leftovers()),
  ];
}

function compareFiles({ volumes, snapshots, fastRestores = [] }: Ledger, folder: string): string[] {
  const records = new Map<string, { status: string; sizeBytes: number }>();
  for (const each of volumes) records.set(each.volumeId, each);
  for (const each of snapshots) records.set(each.snapshotId, each);
  const wrong: string[] = [];
  const names = new Set<string>();
  const nobodys: string[] = [];
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    // Folders are the services' own.
    if (entry.isDirectory()) continue;
    names.add(entry.name);
    const record = records.get(entry.name);
    const size = statSync(join(folder, entry.name), { throwIfNoEntry: false })?.size;
    if (!record) nobodys.push(`file without record: ${entry.name}`);
    else if (record.sizeBytes !== size) wrong.push(`${entry.name} has ${size} bytes`);
  }
  // What is kept ready is nobody's yet, and no user knows its name.
  const kept = fastRestores.reduce((sum, { readyCount }) => sum + readyCount, 0);
  if (nobodys.length > kept) wrong.push(...nobodys);
  if (nobodys.length < kept) wrong.push(`${kept} volumes are ready, and ${nobodys.length} files`);
  for (const [id, { status }] of records) {
    // Only what failed may lack its file.
    if (!names.has(id) && !status.startsWith('failure')) wrong.push(`record without file: ${id}`);
  }
  return wrong;
}

async function compareDevices({ volumes }: Ledger, world: Looked): Promise<string[]> {
  const devices = (await world.recorder.now()).map(({ host, vm, device, file, mode }) =>
    [host, vm, device, basename(file), mode].join(' '),
  );
  const attachments = volumes
    .flatMap(({ attachmentSet }) => attachmentSet.item)
    .map((each) =>
      [each.vmm, each.instanceId, each.device, each.volumeId, each.attachMode].join(' '),
    );
  return [
    ...devices
      .filter((each) => !attachments.includes(each))
      .map((each) => `device without attachment: ${each}`),
    ...attachments
      .filter((each) => !devices.includes(each))
      .map((each) => `attachment without device: ${each}`),
  ];
}
