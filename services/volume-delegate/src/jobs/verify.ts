import type { Checksums } from '../checksum/checksums.js';
import type { Mirrors } from '../storage/mirrors.js';
import type { ChecksumOrder, CreateOrder, Order } from './job.js';
import { JobError } from './jobError.js';
import { inTurn, type Lanes } from './lanes.js';
import type { VolumeFiles } from './volumeFiles.js';

/** What the data of a snapshot is to be. */
export interface Expected {
  /** In hexadecimal digits. */
  sha256: string;
  /** The size of the snapshot. */
  bytes: number;
}

interface Checking {
  files: VolumeFiles;
  mirrors?: Mirrors | undefined;
  checksums: Checksums;
  lanes: Lanes;
  signal: AbortSignal;
}

/** What the volume of an order is to begin with. */
export function expectedOf(order: Order): Expected | undefined {
  return order.kind === 'createVolume' ? order.expected : undefined;
}

/**
 * Looks whether a file begins with what it is to begin with.
 * @param name of the file
 * @throws {JobError} if it does not
 * @throws {CommandError} if that can't be read
 */
export async function checkData(
  { sourceId }: CreateOrder,
  { sha256, bytes }: Expected,
  name: string,
  checking: Checking,
): Promise<void> {
  const found = await sum(name, bytes, checking, 'sha256OnDisk');
  if (found === sha256) return;
  throw new JobError(
    `the data of ${sourceId} is damaged: its SHA-256 is ${found}, and was ${sha256} when it was made`,
  );
}

/** The SHA-256 of a file, if its order asks for one: that of a snapshot. */
export async function checksumFor(
  order: CreateOrder,
  name: string,
  checking: Checking,
): Promise<string | undefined> {
  if (order.kind !== 'createSnapshot' || !order.checksum) return undefined;
  // Of what was written, be it on disk as it was written or not: that is what is looked for later.
  return sum(name, order.sizeBytes, checking, 'sha256');
}

/**
 * The SHA-256 of the file of a snapshot.
 * @throws {JobError} if it is not there, or has another size
 * @throws {CommandError} if it can't be read
 */
export async function checksumOf(
  { id, sizeBytes }: ChecksumOrder,
  checking: Checking,
): Promise<string> {
  const size = await checking.files.sizeOf(id);
  if (size === undefined) throw new JobError(`${id} has no file`);
  if (size !== sizeBytes) {
    throw new JobError(`the file has ${size} bytes instead of ${sizeBytes}`);
  }
  return sum(id, sizeBytes, checking, 'sha256OnDisk');
}

/**
 * Looks whether the mirrors of a snapshot hold the same, of which only one was read.
 * @returns what is wrong; undefined if all is well, or there are none
 * @throws {CommandError} if they can't be read
 */
export async function compareMirrors(
  { id, sizeBytes }: ChecksumOrder,
  { mirrors, lanes, signal }: Checking,
): Promise<string | undefined> {
  if (!mirrors) return undefined;
  const compare = () => mirrors.areSame(id, sizeBytes, signal);
  if (await inTurn(lanes.copy, signal, compare)) return undefined;
  return 'one of its mirrors holds something else than the others; its administrator finds which in the log of the Volume Delegate';
}

/** It reads as much as a copy does, and waits for its turn like one. */
async function sum(
  name: string,
  bytes: number,
  { checksums, lanes, signal }: Checking,
  how: 'sha256' | 'sha256OnDisk',
): Promise<string> {
  return inTurn(lanes.copy, signal, () => checksums[how](name, bytes, signal));
}
