import type { FrontEnd, UserOperation } from '../frontEnd.js';
import { attachmentsOfOwner } from '../metadata/attachments.js';
import { volumesOf } from '../metadata/volumes.js';
import { presentVolume } from './present.js';
import { ownVolume } from './validate.js';

/** The caller's volumes: all, or those that are named. */
export function describeVolumes({ database }: FrontEnd): UserOperation<'DescribeVolumes'> {
  return async ({ volumeSet }, { userId }) => {
    const ids = volumeSet?.item.map(({ volumeId }) => volumeId) ?? [];
    for (const id of ids) await ownVolume(database, id, userId);
    const volumes = await volumesOf(database, userId);
    const attachments = await attachmentsOfOwner(database, userId);
    const wanted = ids.length > 0 ? volumes.filter(({ id }) => ids.includes(id)) : volumes;
    return { volumeSet: { item: wanted.map((volume) => presentVolume(volume, attachments)) } };
  };
}
