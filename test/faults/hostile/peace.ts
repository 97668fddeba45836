import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { type Testbed, until } from '../../support/testbed.js';
import { passing } from '../verdicts/ledger.js';

/** Longer than the reconciler needs for what it must see twice, 30 seconds apart. */
const PEACE_MS = 240_000;

/** The processes of all services, as they were at the start. */
export type Pids = ReadonlyMap<string, number>;

export function pidsOf({ deployment }: Testbed): Pids {
  const { volumeDelegates, vmmDelegates } = deployment.options;
  const delegates = [...volumeDelegates, ...vmmDelegates].map(({ name }) => name);
  const names = [...deployment.frontEnds.keys(), ...delegates];
  return new Map(names.map((name) => [name, deployment.service(name).pid]));
}

/**
 * Waits until nothing is on its way and records and files agree: no file without a record, no record without its file.
 * The services must be the same processes as before.
 */
export async function expectPeace(testbed: Testbed, before: Pids): Promise<void> {
  let last: string[] = [];
  await until(
    'all is at peace',
    async () => {
      last = await quarrels(testbed);
      return last.length === 0 ? true : undefined;
    },
    PEACE_MS,
  ).catch(() => undefined);
  expect(last).toEqual([]);
  expectAlive(testbed, before);
}

/** None of the services has ended, or was started anew. */
export function expectAlive(testbed: Testbed, before: Pids): void {
  for (const [name, pid] of before) {
    const { isRunning, pid: now } = testbed.deployment.service(name);
    expect({ name, isRunning, pid: now }).toEqual({ name, isRunning: true, pid });
  }
}

async function quarrels({ alice, deployment }: Testbed): Promise<string[]> {
  const volumes = (await alice.DescribeVolumes({})).volumeSet.item;
  const snapshots = (await alice.DescribeSnapshots({})).snapshotSet.item;
  const wrong = passing({ volumes, snapshots, exports: [] });
  const records = new Map<string, { status: string; sizeBytes: number }>();
  for (const each of volumes) records.set(each.volumeId, each);
  for (const each of snapshots) records.set(each.snapshotId, each);
  const folder = deployment.layout.volumes;
  const files = readdirSync(folder, { withFileTypes: true }).filter((each) => !each.isDirectory());
  for (const { name } of files) {
    const record = records.get(name);
    // It may just have got its name.
    const size = statSync(join(folder, name), { throwIfNoEntry: false })?.size;
    if (!record) wrong.push(`file without record: ${name}`);
    else if (record.sizeBytes !== size) wrong.push(`${name} has ${size} bytes`);
  }
  for (const [id, { status }] of records) {
    const isThere = files.some(({ name }) => name === id);
    if (!isThere && !status.startsWith('failure')) wrong.push(`record without file: ${id}`);
  }
  return wrong;
}
