import { ServiceFault } from '@vbs-lustre/shared/faults';
import type { vbslustre } from '@vbs-lustre/wsdl';
import type { Snapshot } from '../metadata/snapshots.js';
import type { Volume } from '../metadata/volumes.js';

const MIB = 1024 ** 2;
export const GIB = 1024 ** 3;

type Sizes = Pick<vbslustre.CreateVolume, 'size' | 'sizeMiB'>;

/**
 * The size of a new volume in bytes: as given, or that of its snapshot.
 * @throws {ServiceFault} naming the parameter
 */
export function volumeSize(sizes: Sizes, source: Snapshot | undefined, maxGiB: number): number {
  const sizeBytes = givenSize(sizes) ?? source?.sizeBytes;
  if (sizeBytes === undefined) {
    throw new ServiceFault('MissingParameter', 'Give size (GiB) or sizeMiB, or a snapshotId.');
  }
  checkMaximum(sizeBytes, maxGiB);
  if (source && sizeBytes < source.sizeBytes) {
    throw new ServiceFault(
      'InvalidParameterValue',
      `The volume must have at least the ${source.sizeBytes} bytes of ${source.id}.`,
    );
  }
  return sizeBytes;
}

/**
 * The size in bytes that a volume is to get.
 * @throws {ServiceFault} naming the parameter, also if it is not larger than it is
 */
export function largerSize(sizes: Sizes, volume: Volume, maxGiB: number): number {
  const sizeBytes = givenSize(sizes);
  if (sizeBytes === undefined) {
    throw new ServiceFault('MissingParameter', 'Give size (GiB) or sizeMiB.');
  }
  checkMaximum(sizeBytes, maxGiB);
  if (sizeBytes > volume.sizeBytes) return sizeBytes;
  throw new ServiceFault(
    'InvalidParameterValue',
    `${volume.id} has ${volume.sizeBytes} bytes already, and a volume only gets larger; this would be ${sizeBytes}.`,
  );
}

/**
 * The size of a volume that is made from a file, in bytes: as given, or the file's, rounded up to a MiB.
 * @throws {ServiceFault} naming the parameter
 */
export function importSize(sizes: Sizes, fileBytes: number, maxGiB: number): number {
  const sizeBytes = givenSize(sizes) ?? Math.ceil(fileBytes / MIB) * MIB;
  checkMaximum(sizeBytes, maxGiB);
  if (sizeBytes >= fileBytes) return sizeBytes;
  const sentence = `The volume must have at least the ${fileBytes} bytes of the file.`;
  throw new ServiceFault('InvalidParameterValue', sentence);
}

function checkMaximum(sizeBytes: number, maxGiB: number): void {
  if (sizeBytes <= maxGiB * GIB) return;
  throw new ServiceFault('InvalidParameterValue', `A volume can have at most ${maxGiB} GiB.`);
}

function givenSize({ size, sizeMiB }: Sizes): number | undefined {
  if (size !== undefined && sizeMiB !== undefined) {
    throw new ServiceFault('InvalidParameterCombination', 'Give size (GiB) or sizeMiB, not both.');
  }
  for (const [parameter, value] of Object.entries({ size, sizeMiB })) {
    if (value !== undefined && value < 1) {
      throw new ServiceFault(
        'InvalidParameterValue',
        `The parameter ${parameter} must be at least 1.`,
      );
    }
  }
  if (size !== undefined) return size * GIB;
  return sizeMiB === undefined ? undefined : sizeMiB * MIB;
}
