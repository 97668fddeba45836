import type { FrontEnd, UserOperation } from '../frontEnd.js';
import { removeAllTags, removeTag } from '../metadata/tags.js';
import { changeTags, resourcesOf } from './changeTags.js';
import { checkKeys } from './checkTags.js';

/** Takes tags from volumes and snapshots: those that are named, or all. One that is not there is no fault. */
export function deleteTags({ database }: FrontEnd): UserOperation<'DeleteTags'> {
  return async ({ resourcesSet, tagSet, dryRun }, { userId }) => {
    checkKeys((tagSet?.item ?? []).map(({ key }) => key));
    const resources = resourcesOf(resourcesSet);
    await changeTags(database, resources, { userId, dryRun }, async (transaction, table, ids) => {
      if (tagSet === undefined) await removeAllTags(transaction, table, ids);
      for (const { key, value } of tagSet?.item ?? []) {
        await removeTag(transaction, table, ids, key, value);
      }
    });
    return { return: true };
  };
}
