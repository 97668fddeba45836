import type { FrontEnd, UserOperation } from '../frontEnd.js';
import { presentVolume } from './present.js';
import { ownVolumeWithAttachments } from './validate.js';

/** Describe-volume (paper, section 4.1 (1)): the metadata of one volume, with its attachments. */
export function describeVolume({ database }: FrontEnd): UserOperation<'DescribeVolume'> {
  return async ({ volumeId }, { userId }) =>
    presentVolume(await ownVolumeWithAttachments(database, volumeId, userId));
}
