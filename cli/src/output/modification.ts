import type { vbslustre } from '@vbs-lustre/wsdl';
import type { Column } from './table.js';
import { size } from './units.js';

type Modified = Pick<
  vbslustre.Volume,
  'modificationState' | 'targetSize' | 'targetSizeBytes' | 'modificationMessage'
>;

/** Of what is being extended, or could not be. */
export const MODIFICATION: Column<Modified> = {
  heading: 'MODIFICATION',
  value: ({ modificationState, targetSizeBytes = 0, modificationMessage }) => {
    if (modificationState === undefined || modificationState === 'completed') return '';
    const reason = modificationMessage === undefined ? '' : `: ${modificationMessage}`;
    return `${modificationState} to ${size(targetSizeBytes)}${reason}`;
  },
  isOptional: true,
};

export function modificationFields(volume: Modified): string[] {
  const { modificationState = '', targetSizeBytes, modificationMessage = '' } = volume;
  return [modificationState, String(targetSizeBytes ?? ''), modificationMessage];
}

export function modificationJson(volume: Modified): object {
  return {
    modificationState: volume.modificationState ?? null,
    targetSize: volume.targetSize ?? null,
    targetSizeBytes: volume.targetSizeBytes ?? null,
    modificationMessage: volume.modificationMessage ?? null,
  };
}
