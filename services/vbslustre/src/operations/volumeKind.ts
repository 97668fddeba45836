import { ServiceFault } from '@vbs-lustre/shared/faults';
import type { vbslustre } from '@vbs-lustre/wsdl';
import type { VolumeDelegates } from '../delegates/volumeDelegates.js';
import type { Snapshot } from '../metadata/snapshots.js';

/**
 * Whether a new volume is to be only ever read: then it is its snapshot under another name.
 * @throws {ServiceFault} naming the parameter that does not go with that
 */
export function checkReadOnly(
  { readOnly = false, volumeType }: Pick<vbslustre.CreateVolume, 'readOnly' | 'volumeType'>,
  source: Snapshot | undefined,
  sizeBytes: number,
): boolean {
  if (!readOnly) return false;
  if (!source) {
    throw new ServiceFault(
      'InvalidParameterCombination',
      'A volume with readOnly=true is made from a snapshot; give its snapshotId.',
    );
  }
  if (volumeType !== undefined) {
    throw new ServiceFault(
      'InvalidParameterCombination',
      'A volume with readOnly=true lies where its snapshot lies; give no volumeType.',
    );
  }
  if (sizeBytes !== source.sizeBytes) {
    throw new ServiceFault(
      'InvalidParameterValue',
      `A volume with readOnly=true has the size of its snapshot: give no size, or that of the ${source.sizeBytes} bytes of ${source.id}.`,
    );
  }
  return true;
}

/**
 * Makes sure that there are volumes of the type.
 * @throws {ServiceFault} `InvalidParameterValue` with the names of those that there are
 */
export async function checkType(
  volumeType: string | undefined,
  { roster }: VolumeDelegates,
): Promise<void> {
  if (volumeType === undefined) return;
  const types = await roster.volumeTypes();
  if (types.includes(volumeType)) return;
  const there = types.length > 0 ? `There are: ${types.join(', ')}.` : 'Name none: there are none.';
  throw new ServiceFault(
    'InvalidParameterValue',
    `The parameter volumeType is not a type of volumes here. ${there}`,
  );
}
