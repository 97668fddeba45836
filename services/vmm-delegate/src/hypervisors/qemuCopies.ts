import { setTimeout as delay } from 'node:timers/promises';
import { type CopyOrder, type DeviceCopy, HypervisorError, type VirtualMachine } from './driver.js';
import { diskId, namedNodes, removeNode } from './qemuNodes.js';
import { type QmpConnection, QmpError } from './qmp.js';

/** The part of QEMU's answers that is used here. */
interface Job {
  id: string;
  status: string;
  'current-progress': number;
  error?: string;
}

/** A job that is not dismissed says how it ended, whoever asks, as long as the VM runs. */
const JOB = /^copy-(.+)-(snap-[0-9a-f]{17})$/;
/** The node of the file that is written. QEMU allows 31 characters. */
const TARGET = /^copy-(snap-[0-9a-f]{17})$/;
const POLL_MS = 50;

function jobId(device: string, snapshotId: string): string {
  return `copy-${device}-${snapshotId}`;
}

function targetId(snapshotId: string): string {
  return `copy-${snapshotId}`;
}

/**
 * A full backup by QEMU itself: from its first moment on, what the guest overwrites is copied first, so the target becomes what
 * the disk was at that moment, with all that the guest had been told was written.
 * @param bytesPerSecond 0: no limit
 * @throws {QmpError} QEMU's words
 */
export async function startCopy(
  qmp: QmpConnection,
  order: CopyOrder,
  bytesPerSecond: number,
): Promise<void> {
  const { snapshotId, device, target } = order;
  const node = targetId(snapshotId);
  // The rest of one that was begun halfway.
  await removeNode(qmp, node);
  await qmp.execute('blockdev-add', {
    driver: 'raw',
    'node-name': node,
    file: { driver: 'file', filename: target, locking: 'on' },
  });
  try {
    await qmp.execute('blockdev-backup', {
      'job-id': jobId(device, snapshotId),
      device: diskId(device),
      target: node,
      sync: 'full',
      speed: bytesPerSecond,
      'auto-dismiss': false,
    });
  } catch (error) {
    // Only what QEMU has refused is known not to run; of a lost answer nothing is known.
    if (error instanceof QmpError && error.kind === 'refused') {
      await removeNode(qmp, node).catch(() => {});
    }
    throw error;
  }
}

export async function listCopies(qmp: QmpConnection, vm: VirtualMachine): Promise<DeviceCopy[]> {
  // The nodes first: a copy that begins in between is in the jobs.
  const nodes = (await namedNodes(qmp)).map((node) => node['node-name'] ?? '');
  const jobs = await copyJobs(qmp);
  const copies: DeviceCopy[] = [];
  for (const { job, device, snapshotId } of jobs) {
    const { error, status } = job;
    const known = { snapshotId, vm, device, bytesDone: job['current-progress'] };
    if (status !== 'concluded') copies.push({ ...known, state: 'running' });
    else if (error !== undefined) copies.push({ ...known, state: 'failed', message: error });
    else {
      // Closing flushes: before that, what other hosts would read is not known.
      await removeNode(qmp, targetId(snapshotId));
      copies.push({ ...known, state: 'done' });
    }
  }
  const rests = nodes.flatMap((node) => TARGET.exec(node)?.[1] ?? []);
  for (const snapshotId of rests) {
    if (jobs.some((each) => each.snapshotId === snapshotId)) continue;
    const message = 'the copy was not begun';
    copies.push({ snapshotId, vm, device: undefined, state: 'failed', bytesDone: 0, message });
  }
  return copies;
}

/** @throws {HypervisorError} if it does not end in time */
export async function endCopy(qmp: QmpConnection, snapshotId: string, timeoutMs: number) {
  const found = (await copyJobs(qmp)).find((each) => each.snapshotId === snapshotId);
  if (found) await cancelJob(qmp, found.job.id, timeoutMs);
  await removeNode(qmp, targetId(snapshotId));
  if (found) await unlessGone(qmp.execute('job-dismiss', { id: found.job.id }));
}

/** Has the copies of a device fail, which would keep it; what they came to is still told. */
export async function cancelCopies(qmp: QmpConnection, device: string, timeoutMs: number) {
  for (const found of await copyJobs(qmp)) {
    if (found.device === device) await cancelJob(qmp, found.job.id, timeoutMs);
  }
}

async function cancelJob(qmp: QmpConnection, id: string, timeoutMs: number): Promise<void> {
  const until = Date.now() + timeoutMs;
  const isOver = async (): Promise<boolean> => {
    const job = (await copyJobs(qmp)).find((each) => each.job.id === id)?.job;
    return job === undefined || job.status === 'concluded';
  };
  if (await isOver()) return;
  // One that has just ended can't be cancelled any more.
  await unlessGone(qmp.execute('job-cancel', { id }));
  while (!(await isOver())) {
    if (Date.now() > until) throw new HypervisorError(`${id} did not end within ${timeoutMs} ms`);
    await delay(POLL_MS);
  }
}

/** What QEMU refuses because it has happened already is fine: the next look tells. */
async function unlessGone(order: Promise<unknown>): Promise<void> {
  await order.catch((error) => {
    if (!(error instanceof QmpError && error.kind === 'refused')) throw error;
  });
}

async function copyJobs(qmp: QmpConnection) {
  const jobs = (await qmp.execute('query-jobs')) as Job[];
  return jobs.flatMap((job) => {
    const [, device, snapshotId] = JOB.exec(job.id) ?? [];
    return device && snapshotId ? [{ job, device, snapshotId }] : [];
  });
}
