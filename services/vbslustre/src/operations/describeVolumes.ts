import type { FrontEnd, UserOperation } from '../frontEnd.js';
import { volumesPage } from '../metadata/attachments.js';
import { VOLUME_FILTERS } from '../metadata/filters.js';
import { askedPage, cutPage } from './pages.js';
import { presentVolume } from './present.js';
import { checkOwn } from './validate.js';

/** The caller's volumes, or those that are named: those that pass the filters, page by page. */
export function describeVolumes({ database }: FrontEnd): UserOperation<'DescribeVolumes'> {
  return async (request, { userId }) => {
    const ids = request.volumeSet?.item.map(({ volumeId }) => volumeId) ?? [];
    const page = askedPage('DescribeVolumes', request, ids, userId, VOLUME_FILTERS);
    // What is gone since the first page was there then.
    if (!page.query.after) await checkOwn(database, 'volumes', ids, userId);
    const { shown, nextToken } = cutPage(
      page,
      await volumesPage(database, page.query),
      ({ volume }) => volume,
      ({ attachments, tags }) => 1 + attachments.length + tags.length,
    );
    return { volumeSet: { item: shown.map(presentVolume) }, nextToken };
  };
}
