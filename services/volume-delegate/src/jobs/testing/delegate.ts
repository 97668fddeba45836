import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { newId } from '@vbs-lustre/shared/ids';
import { createLog } from '@vbs-lustre/shared/log';
import { Checksums } from '../../checksum/checksums.js';
import { Exchange } from '../../exchange/exchange.js';
import { runIn } from '../../runIn.js';
import { PosixStorage } from '../../storage/posix.js';
import { SpaceLedger } from '../../storage/space.js';
import { Copier } from '../copier.js';
import type { Blank } from '../fill.js';
import type { ChecksumOrder, Job, Order } from '../job.js';
import { Jobs, type JobsOptions } from '../jobs.js';
import { Journal } from '../journal.js';
import { Pace } from '../pace.js';
import { VolumeFiles } from '../volumeFiles.js';
import { VolumeTypes } from '../volumeTypes.js';

export const MIB = 1024 ** 2;
/** A busy machine needs many times what a quiet one does. */
export const COMMAND_TIMEOUT_MS = 120_000;

export const log = createLog({ service: 'test', level: 'error', format: 'json' });
log.silent = true;

/** Where one delegate has its files and its journal. */
export interface Folders {
  directory: string;
  exchange: string;
  state: string;
}

export async function makeFolders(): Promise<Folders & { remove(): Promise<void> }> {
  const root = await mkdtemp(join(tmpdir(), 'volume-delegate-'));
  const [directory, state] = [await mkdtemp(join(root, 'volumes-')), join(root, 'state')];
  const exchange = await mkdtemp(join(root, 'exchange-'));
  // A report that was just heard may still be written down.
  const remove = () => rm(root, { recursive: true, maxRetries: 5 });
  return { directory, exchange, state, remove };
}

type DelegateOptions = Partial<JobsOptions> & {
  blank?: Blank;
  copiesWith?: 'qemu-img' | 'cp';
  pace?: Pace;
};

export type Delegate = Awaited<ReturnType<typeof startDelegate>>;

/** A life of a delegate below its SOAP layer: real commands, a real journal, and reports that the test can read. */
export async function startDelegate(
  { directory, state, ...others }: Omit<Folders, 'exchange'> & Partial<Folders>,
  { blank = 'zero', copiesWith = 'qemu-img', pace = new Pace(), ...options }: DelegateOptions = {},
) {
  const reports: Job[] = [];
  const journal = await Journal.open(state);
  const storage = new PosixStorage({
    directory,
    commandTimeoutMs: COMMAND_TIMEOUT_MS,
    programs: { stat: 'stat' },
  });
  const settings = { directory, commandTimeoutMs: COMMAND_TIMEOUT_MS, reserveBytes: 0 };
  const ledger = new SpaceLedger(storage, settings);
  const files = new VolumeFiles(directory, COMMAND_TIMEOUT_MS, pace);
  const qemuImg = copiesWith === 'cp' ? undefined : copiesWith;
  const copier = new Copier(files, runIn(directory, COMMAND_TIMEOUT_MS), pace, qemuImg);
  const report: JobsOptions['report'] = async (job) => {
    reports.push(job);
    return true;
  };
  const exchange =
    others.exchange === undefined
      ? undefined
      : new Exchange(others.exchange, directory, COMMAND_TIMEOUT_MS, pace);
  const limits = { maxJobs: 2, maxQueuedJobs: 100 };
  const types = new VolumeTypes(blank);
  const checksums = new Checksums(directory, COMMAND_TIMEOUT_MS, pace);
  const tools = { ledger, files, copier, types, exchange, checksums };
  const jobs = new Jobs({ journal, ...tools, log, report, ...limits, ...options });
  return {
    ...{ jobs, journal, ledger, files, copier, exchange, reports },
    /** The job when it has ended. */
    async ended({ orderId }: Pick<Order, 'orderId'>): Promise<Job | undefined> {
      return jobs.settled(orderId, COMMAND_TIMEOUT_MS);
    },
    /** Gives an order and waits for its end. */
    async finish(order: Order): Promise<Job | undefined> {
      await jobs.submit(order);
      return jobs.settled(order.orderId, COMMAND_TIMEOUT_MS);
    },
    /** All that lies in the volume directory. */
    async listing(): Promise<string[]> {
      return (await readdir(directory)).sort();
    },
  };
}

export type CreateVolume = Extract<Order, { kind: 'createVolume' }>;
export type CreateSnapshot = Extract<Order, { kind: 'createSnapshot' }>;
export type ExtendVolume = Extract<Order, { kind: 'extendVolume' }>;
export type Delete = Extract<Order, { kind: 'delete' }>;

export function createVolume(other: Partial<CreateVolume> = {}): CreateVolume {
  return {
    kind: 'createVolume',
    orderId: newId('ord'),
    id: newId('vol'),
    sizeBytes: MIB,
    ...other,
  };
}

/** By a MiB. */
export function extendVolume(id: string, other: Partial<ExtendVolume> = {}): ExtendVolume {
  const sizes = { fromBytes: MIB, sizeBytes: 2 * MIB };
  return { kind: 'extendVolume', orderId: newId('ord'), id, ...sizes, ...other };
}

export function createSnapshot(
  sourceId: string,
  other: Partial<CreateSnapshot> = {},
): CreateSnapshot {
  const ids = { orderId: newId('ord'), id: newId('snap') };
  return { kind: 'createSnapshot', ...ids, sizeBytes: MIB, sourceId, ...other };
}

export type ImportVolume = CreateVolume & Required<Pick<CreateVolume, 'importFrom'>>;
export type Export = Extract<Order, { kind: 'export' }>;

export function importVolume(
  importFrom: ImportVolume['importFrom'],
  other: Partial<CreateVolume> = {},
): ImportVolume {
  return { ...createVolume(other), importFrom };
}

export function exportOf(
  sourceId: string,
  name: { owner: string; fileName: string },
  other: Partial<Export> = {},
): Export {
  const ids = { orderId: newId('ord'), id: newId('export') };
  return { kind: 'export', ...ids, sizeBytes: MIB, sourceId, ...name, ...other };
}

export function checksumOf(id: string, sizeBytes = MIB): ChecksumOrder {
  return { kind: 'checksum', orderId: newId('ord'), id, sizeBytes };
}

export function deletion(id: string): Delete {
  return { kind: 'delete', orderId: newId('ord'), id };
}
