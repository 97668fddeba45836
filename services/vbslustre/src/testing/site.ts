import { setImmediate } from 'node:timers/promises';
import {
  TransportError,
  type VmmDelegateClient,
  type VolumeDelegateClient,
} from '@vbs-lustre/client';
import { createLog } from '@vbs-lustre/shared/log';
import type { Caller } from '@vbs-lustre/shared/soap/endpoint';
import type { vbslustre } from '@vbs-lustre/wsdl';
import type { Connect } from '../delegates/clients.js';
import { Roster } from '../delegates/roster.js';
import { VmmDelegates } from '../delegates/vmmDelegates.js';
import { VolumeDelegates } from '../delegates/volumeDelegates.js';
import type { FrontEnd } from '../frontEnd.js';
import { openDatabase } from '../metadata/database.js';
import { type Announcement, type DelegateKind, saveDelegate } from '../metadata/delegates.js';
import { attachVolume } from '../operations/attachVolume.js';
import { createSnapshot } from '../operations/createSnapshot.js';
import { createVolume } from '../operations/createVolume.js';
import { updateExportStatus } from '../operations/updateExportStatus.js';
import { updateSnapshotStatus } from '../operations/updateSnapshotStatus.js';
import { updateVolumeStatus } from '../operations/updateVolumeStatus.js';
import { checkBooks } from './books.js';
import { FakeVmmDelegate } from './fakeVmmDelegate.js';
import { FakeVolumeDelegate } from './fakeVolumeDelegate.js';
import { newDatabase } from './testDatabase.js';

export const ALICE = 'CN=alice';
export const BOB = 'CN=bob';
export const ADMIN = 'CN=admin';
export const GIB = 1024 ** 3;
/** Seconds: nobody is forgotten while a test lasts. */
const LONG_INTERVAL = 3600;

const log = createLog({ service: 'test', level: 'error', format: 'json' });
log.silent = true;

export { log };

type Operation<Request, Answer> = (
  frontEnd: FrontEnd,
) => (request: Request, caller: Caller) => Promise<Answer>;

export type Site = Awaited<ReturnType<typeof openSite>>;

/** A front end with a real database, between two fake Volume Delegates and two fake VMM Delegates. */
export async function openSite() {
  const { where, remove } = await newDatabase();
  const database = await openDatabase(where);
  const [a, b] = [new FakeVolumeDelegate(), new FakeVolumeDelegate()];
  const [host1, host2] = [new FakeVmmDelegate(), new FakeVmmDelegate()];
  const volumeDelegates: Record<string, FakeVolumeDelegate> = { a, b };
  const vmmDelegates: Record<string, FakeVmmDelegate> = { host1, host2 };
  const rosterOf = (kind: DelegateKind) =>
    new Roster(database, { kind, subjects: [`CN=*,OU=${kind}`], intervalSeconds: LONG_INTERVAL });
  const connectVolume: Connect<VolumeDelegateClient> = async ({ name }) =>
    (volumeDelegates[name] as FakeVolumeDelegate).client;
  const connectVmm: Connect<VmmDelegateClient> = async ({ name }) =>
    (vmmDelegates[name] as FakeVmmDelegate).client;
  const frontEnd: FrontEnd = {
    database,
    volumeDelegates: new VolumeDelegates(rosterOf('volume'), connectVolume, log),
    vmmDelegates: new VmmDelegates(rosterOf('vmm'), connectVmm, log),
    maxVolumeSizeGiB: 100,
    maxWarmClones: 4,
    warmCloneMarginBytes: 10 * GIB,
    checksumSnapshots: false,
    quotas: {},
    administrators: [ADMIN],
    instance: 'test',
  };
  for (const name of Object.keys(volumeDelegates)) await announce('volume', name);
  for (const name of Object.keys(vmmDelegates)) await announce('vmm', name);

  /** A delegate was heard of now, as one with much room if it does not say otherwise. */
  async function announce(
    kind: DelegateKind,
    name: string,
    other: Partial<Announcement> = {},
  ): Promise<void> {
    const place = { name, subject: `CN=${name},OU=${kind}`, url: `https://${name}/` };
    const room = { availableBytes: 100 * GIB, unfinishedJobs: 0, freeJobs: 100 };
    await saveDelegate(database, kind, { ...place, ...room, draining: false, ...other });
  }

  /** Calls an operation as a user does; what the next call makes is younger, by the millisecond that is kept. */
  async function call<Request, Answer>(
    operation: Operation<Request, Answer>,
    request: Request,
    userId = ALICE,
  ): Promise<Answer> {
    try {
      return await operation(frontEnd)(request, { userId, requestId: 'req-1', log });
    } finally {
      const ended = Date.now();
      while (Date.now() === ended) await setImmediate();
    }
  }

  /** A Volume Delegate tells the end of the order that a volume or snapshot waits for. */
  async function tell(id: string, status: string, message?: string): Promise<void> {
    const table = tableOf(id);
    const { order_id: orderId } = await database(table).where({ id }).first();
    if (table === 'exports') {
      await call(updateExportStatus, { exportTaskId: id, orderId, status, message });
    } else if (table === 'volumes') {
      await call(updateVolumeStatus, { volumeId: id, orderId, status, message });
    } else {
      await call(updateSnapshotStatus, { snapshotId: id, orderId, status, message });
    }
  }

  return {
    /** The delegates; the first volume of a test is ordered from `a`, the second from `b`. */
    ...{ a, b, host1, host2 },
    ...{ frontEnd, database, call, tell, announce },
    /** What another instance would open. */
    where,
    /** A delegate was not heard of for a day. */
    async silence(name: string): Promise<void> {
      const seen_at = new Date(Date.now() - 86_400_000).toISOString();
      await database('delegates').where({ name }).update({ seen_at });
    },
    /** Nobody has announced the orders of any file for long. */
    async endLeases(): Promise<void> {
      for (const table of ['volumes', 'snapshots', 'exports', 'verifications'])
        await database(table).update({ lease_until: '' });
    },
    /** The same front end, whose orders count as late at once. */
    lateFrontEnd(): FrontEnd {
      const late = new VolumeDelegates(rosterOf('volume'), connectVolume, log, -1);
      return { ...frontEnd, volumeDelegates: late };
    },
    async volume(request: vbslustre.CreateVolume = { size: 1 }, userId = ALICE): Promise<string> {
      const { volumeId } = await call(createVolume, request, userId);
      await tell(volumeId, 'available');
      return volumeId;
    },
    async snapshot(volumeId: string): Promise<string> {
      const { snapshotId } = await call(createSnapshot, { volumeId });
      await tell(snapshotId, 'available');
      return snapshotId;
    },
    attach(volumeId: string, other: Partial<vbslustre.AttachVolume> = {}, userId = ALICE) {
      return call(attachVolume, { ...attachRequest(volumeId), ...other }, userId);
    },
    /** Makes everything look as if it had not changed for an hour. */
    async age(): Promise<void> {
      const changed_at = new Date(Date.now() - 3_600_000).toISOString();
      for (const table of ['volumes', 'snapshots', 'attachments', 'exports', 'verifications']) {
        await database(table).update({ changed_at });
      }
    },
    async status(id: string): Promise<string | undefined> {
      return (await database(tableOf(id)).where({ id }).first())?.status;
    },
    /** Checks the books and ends. */
    async close(): Promise<void> {
      try {
        await checkBooks(database);
      } finally {
        await database.destroy();
        await remove();
      }
    },
  };
}

function tableOf(id: string): 'volumes' | 'snapshots' | 'exports' {
  if (id.startsWith('export-')) return 'exports';
  return id.startsWith('vol-') ? 'volumes' : 'snapshots';
}

export function attachRequest(volumeId: string): vbslustre.AttachVolume {
  return { volumeId, instanceId: 'vm1', vmm: 'host1', device: 'xvdb', attachMode: 'w' };
}

/** Nobody listens there. */
export const NOT_DELIVERED = new TransportError('connection refused', 'no');
/** The message went out, and nothing came back. */
export const NO_ANSWER = new TransportError('no answer', 'unknown');
