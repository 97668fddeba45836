import type { Gate } from '../../support/gate.js';
import type { Request } from '../support/history.js';
import type { Lane } from './lane.js';
import { ending, type Operation, SIZE_MIB, volumes } from './operations.js';

function gateOf({ gate }: Lane): Gate {
  if (!gate) throw new Error('this lane has no gate');
  return gate;
}

/** Those that nobody has deleted are finished when all services have been killed. */
const held = {
  heldUp: /^(message Create\w+File|program (dd|cp|qemu-img) .*)$/,
  ready: (lane, request) => {
    const { volumeId, snapshotId } = request as { volumeId?: string; snapshotId?: string };
    return gateOf(lane).arrived(volumeId ?? snapshotId ?? '');
  },
  release: (lane) => gateOf(lane).open(),
} satisfies Partial<Operation>;

export const CANCEL_VOLUME: Operation = {
  title: 'DeleteVolume of a pending one',
  call: 'DeleteVolume',
  prepare: async (lane, count) => {
    gateOf(lane).close();
    const requests: Request<'DeleteVolume'>[] = [];
    for (let made = 0; made < count; made++) {
      const { volumeId } = await lane.must('CreateVolume', { sizeMiB: SIZE_MIB });
      requests.push({ volumeId });
    }
    return requests;
  },
  results: ending,
  ...held,
};

export const CANCEL_SNAPSHOT: Operation = {
  title: 'DeleteSnapshot of a pending one',
  call: 'DeleteSnapshot',
  prepare: async (lane, count) => {
    gateOf(lane).open();
    const [volumeId = ''] = await volumes(lane, 1);
    gateOf(lane).close();
    const requests: Request<'DeleteSnapshot'>[] = [];
    for (let made = 0; made < count; made++) {
      const { snapshotId } = await lane.must('CreateSnapshot', { volumeId });
      requests.push({ snapshotId });
    }
    return requests;
  },
  results: ending,
  ...held,
};
