import { ServiceFault } from '@vbs-lustre/shared/faults';
import type { FrontEnd, UserOperation } from '../frontEnd.js';
import { putTags, withTooManyTags } from '../metadata/tags.js';
import { changeTags, resourcesOf } from './changeTags.js';
import { checkTags, MAX_TAGS, tooManyTags } from './checkTags.js';

/** Gives tags to volumes and snapshots; a key that is there gets the new value. Done twice, it is as if done once. */
export function createTags({ database }: FrontEnd): UserOperation<'CreateTags'> {
  return async ({ resourcesSet, tagSet, dryRun }, { userId }) => {
    const tags = checkTags(tagSet);
    if (tags.length === 0) {
      throw new ServiceFault('MissingParameter', 'The parameter tagSet has no item; give one.');
    }
    const resources = resourcesOf(resourcesSet);
    await changeTags(database, resources, { userId, dryRun }, async (transaction, table, ids) => {
      await putTags(transaction, table, ids, tags);
      const full = await withTooManyTags(transaction, table, ids, MAX_TAGS);
      if (full !== undefined) throw tooManyTags(full);
    });
    return { return: true };
  };
}
