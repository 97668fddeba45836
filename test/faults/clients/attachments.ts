import { setTimeout as delay } from 'node:timers/promises';
import type { vbslustre } from '@vbs-lustre/wsdl';
import type { Request } from '../support/history.js';
import type { User } from './user.js';

type Wanted = Request<'AttachVolume'>;

const POLL_MS = 300;

/** Thrown when the run ends: nothing that was begun needs to be ended. */
export class RunIsOver extends Error {}

export async function pauseUntil(signal: AbortSignal, ms = POLL_MS): Promise<void> {
  if (signal.aborted) throw new RunIsOver();
  await delay(ms, undefined, { signal }).catch(() => {
    throw new RunIsOver();
  });
}

/** Waits for a volume that is neither pending, modifying nor unknown. */
export async function settledVolume(
  user: User,
  client: string,
  volumeId: string,
  signal: AbortSignal,
): Promise<vbslustre.Volume> {
  for (;;) {
    const { answer } = await user.call(client, 'DescribeVolume', { volumeId });
    const isUnderWay = answer?.status === 'pending' || answer?.modificationState === 'modifying';
    if (answer && !isUnderWay) return answer;
    await pauseUntil(signal);
  }
}

export async function settledSnapshot(
  user: User,
  client: string,
  snapshotId: string,
  signal: AbortSignal,
): Promise<vbslustre.Snapshot> {
  for (;;) {
    const { answer } = await user.call(client, 'DescribeSnapshot', { snapshotId });
    if (answer && answer.status !== 'pending') return answer;
    await pauseUntil(signal);
  }
}

/** What came of the verification of a snapshot; undefined if that is gone. */
export async function settledVerification(
  user: User,
  client: string,
  snapshotId: string,
  signal: AbortSignal,
): Promise<string | undefined> {
  for (;;) {
    const { answer, outcome } = await user.call(client, 'DescribeSnapshot', { snapshotId });
    if (outcome === 'InvalidSnapshot.NotFound') return undefined;
    if (answer && answer.verifyState !== 'verifying') return answer.verifyState;
    await pauseUntil(signal);
  }
}

export async function settledExports(
  user: User,
  client: string,
  exportTaskSet: vbslustre.ExportTaskIdSet,
  signal: AbortSignal,
): Promise<vbslustre.ExportTask[]> {
  for (;;) {
    const { answer } = await user.call(client, 'DescribeExportTasks', { exportTaskSet });
    const tasks = answer?.exportTaskSet.item;
    if (tasks?.every(({ state }) => state !== 'active')) return tasks;
    await pauseUntil(signal);
  }
}

/**
 * Attaches a volume, and waits until what is not known is known.
 * @returns whether it is attached
 */
export async function attachSurely(
  user: User,
  client: string,
  wanted: Wanted,
  signal: AbortSignal,
): Promise<boolean> {
  const { outcome } = await user.call(client, 'AttachVolume', wanted);
  if (outcome === 'acknowledged') return true;
  for (;;) {
    const found = await find(user, client, wanted);
    if (found === 'none') return false;
    if (found !== 'unknown' && found.status === 'attached')
      return found.attachMode === wanted.attachMode;
    await pauseUntil(signal);
  }
}

/** Detaches a volume, again and again until describe says that it is. */
export async function detachSurely(
  user: User,
  client: string,
  { volumeId, instanceId, vmm, device }: Wanted,
  signal: AbortSignal,
): Promise<void> {
  const request = { volumeId, instanceId, vmm, device };
  for (;;) {
    await user.call(client, 'DetachVolume', request);
    if ((await find(user, client, request)) === 'none') return;
    await pauseUntil(signal);
  }
}

type Place = Pick<Wanted, 'volumeId' | 'instanceId' | 'vmm' | 'device'>;

async function find(
  user: User,
  client: string,
  { volumeId, instanceId, vmm, device }: Place,
): Promise<vbslustre.Attachment | 'none' | 'unknown'> {
  const { answer } = await user.call(client, 'DescribeVolume', { volumeId });
  if (!answer) return 'unknown';
  const found = answer.attachmentSet.item.find(
    (each) => each.instanceId === instanceId && each.vmm === vmm && each.device === device,
  );
  return found ?? 'none';
}
