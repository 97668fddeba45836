import type { Request } from '../support/history.js';
import { fill } from './contents.js';
import type { Lane } from './lane.js';
import type { Meeting } from './meeting.js';
import { making, type Operation } from './operations.js';

/** What is copied at a time, as little as the setting allows. */
const RANGE_MIB = 4;
/** Two ranges, one for each delegate. */
const SIZE_MIB = RANGE_MIB + 1;

/** Of both Volume Delegates. What was killed is copied anew while others are: nobody must be refused for want of a place. */
export const SHARING = { blank: 'reserve', splitGiB: RANGE_MIB / 1024, maxJobs: 8 };

function meetingOf({ meeting }: Lane): Meeting {
  if (!meeting) throw new Error('in this lane nobody shares copies');
  return meeting;
}

async function largeVolumes(lane: Lane, count: number): Promise<string[]> {
  meetingOf(lane).open();
  const ids: string[] = [];
  for (let made = 0; made < count; made++) {
    ids.push((await lane.must('CreateVolume', { sizeMiB: SIZE_MIB })).volumeId);
  }
  await lane.settle();
  for (const id of ids) fill(lane.deployment.layout.volumes, id, SIZE_MIB * 2 ** 20);
  return ids;
}

/** Each waits for the other delegate until somebody was killed. */
const shared = {
  results: making,
  ready: async (lane) => meetingOf(lane).close(),
  killed: (lane) => meetingOf(lane).open(),
  release: (lane) => meetingOf(lane).open(),
} satisfies Partial<Operation>;

export const SHARED_VOLUME: Operation = {
  title: 'CreateVolume of a snapshot, shared',
  call: 'CreateVolume',
  prepare: async (lane, count) => {
    const [volumeId = ''] = await largeVolumes(lane, 1);
    const requests: Request<'CreateVolume'>[] = [];
    for (let made = 0; made < count; made++) {
      const { snapshotId } = await lane.must('CreateSnapshot', { volumeId });
      requests.push({ snapshotId });
    }
    await lane.settle();
    return requests;
  },
  ...shared,
};

export const SHARED_SNAPSHOT: Operation = {
  title: 'CreateSnapshot, shared',
  call: 'CreateSnapshot',
  prepare: async (lane, count) =>
    (await largeVolumes(lane, count)).map((volumeId) => ({ volumeId })),
  ...shared,
};
