import type { Request } from '../support/history.js';
import type { Ledger } from '../verdicts/ledger.js';
import { type Operation, volumes } from './operations.js';

const TAG = { key: 'Name', value: 'web' };

const tagging = (volumeId: string) => ({
  resourcesSet: { item: [{ resourceId: volumeId }] },
  tagSet: { item: [TAG] },
});

/** Whether the volume of a request has the tag. */
function isTagged({ volumes: all }: Ledger, request: object): boolean {
  const [resource] = (request as Request<'CreateTags'>).resourcesSet.item;
  const volume = all.find(({ volumeId }) => volumeId === resource?.resourceId);
  return (
    volume?.tagSet?.item.some(({ key, value }) => key === TAG.key && value === TAG.value) ?? false
  );
}

export const CREATE_TAGS: Operation = {
  title: 'CreateTags',
  call: 'CreateTags',
  prepare: async (lane, count) => (await volumes(lane, count)).map(tagging),
  results: (ledger, request) => (isTagged(ledger, request) ? 1 : 0),
};

export const DELETE_TAGS: Operation = {
  title: 'DeleteTags',
  call: 'DeleteTags',
  prepare: async (lane, count) => {
    const requests = (await volumes(lane, count)).map(tagging);
    for (const request of requests) await lane.must('CreateTags', request);
    return requests;
  },
  results: (ledger, request) => (isTagged(ledger, request) ? 0 : 1),
};
