import { loadContract, portOf } from '@vbs-lustre/shared/soap/contract';
import { WSDL } from '@vbs-lustre/wsdl';
import { afterAll, describe, expect, it } from 'vitest';
import type { Machine } from '../support/world.js';
import { CANCEL_SNAPSHOT, CANCEL_VOLUME } from './cancelOperations.js';
import {
  CREATE_COMPARED,
  CREATE_COMPARED_LINK,
  CREATE_SUMMED_SNAPSHOT,
  VERIFY_SNAPSHOT,
} from './checksumOperations.js';
import type { Kill } from './enumeration.js';
import { EXPORT_VOLUME, IMPORT_VOLUME } from './exchangeOperations.js';
import {
  CREATE_READY,
  DISABLE_FAST_RESTORES,
  ENABLE_FAST_RESTORES,
} from './fastRestoreOperations.js';
import {
  attachReader,
  attachWriter,
  CREATE_FROM_SNAPSHOT,
  CREATE_READ_ONLY,
  CREATE_SNAPSHOT,
  CREATE_VOLUME,
  DELETE_SNAPSHOT,
  DELETE_VOLUME,
  detach,
  forceDetach,
  liveSnapshot,
  MODIFY_VOLUME,
  modifyAttached,
} from './operations.js';
import { tableOfKills } from './round.js';
import { type LanePlan, runLane } from './runLane.js';
import { SHARE, UNSHARE } from './sharingOperations.js';
import { CREATE_TAGS, DELETE_TAGS } from './tagOperations.js';

const WRITERS = { name: 'vm1', host: 'vmm1' };
const READERS = { name: 'vm2', host: 'vmm1' };
const OTHERS = { name: 'vm3', host: 'vmm2' };
/** Each step needs a disk of its own. */
const MORE_WRITERS = { name: 'vm4', host: 'vmm1' };
const MACHINES = [WRITERS, READERS, OTHERS];

type Round = LanePlan['rounds'][number];

/**
 * Deployments side by side; in each, rounds one after the other: most of the time somebody is waited for. The longest ones begin first,
 * so that none is left alone in the end.
 */
const LANES: readonly { title: string; machines: readonly Machine[]; rounds: readonly Round[] }[] =
  [
    {
      title: 'snapshots get checksums, which are compared',
      machines: [],
      rounds: [[CREATE_SUMMED_SNAPSHOT, CREATE_COMPARED, CREATE_COMPARED_LINK, VERIFY_SNAPSHOT]],
    },
    {
      title: 'volumes are kept ready of snapshots',
      machines: [],
      // One after the other: what is made in the background is of one alone.
      rounds: [[ENABLE_FAST_RESTORES], [CREATE_READY], [DISABLE_FAST_RESTORES]],
    },
    {
      title: 'volumes are made and get tags',
      machines: [],
      rounds: [[CREATE_VOLUME, CREATE_FROM_SNAPSHOT, CREATE_READ_ONLY, CREATE_TAGS, DELETE_TAGS]],
    },
    {
      title: 'snapshots are made of what is written',
      machines: [WRITERS, READERS, MORE_WRITERS],
      rounds: [[liveSnapshot(false, WRITERS, READERS, MORE_WRITERS)]],
    },
    {
      title: 'volumes are extended',
      machines: [WRITERS, READERS],
      rounds: [[MODIFY_VOLUME], [modifyAttached(WRITERS, READERS)]],
    },
    {
      title: 'snapshots are made and shared, and all is deleted',
      machines: [],
      rounds: [[CREATE_SNAPSHOT, SHARE, UNSHARE, DELETE_VOLUME, DELETE_SNAPSHOT]],
    },
    {
      title: 'volumes are imported and exported',
      machines: [],
      rounds: [[IMPORT_VOLUME, EXPORT_VOLUME]],
    },
    {
      title: 'snapshots are made by force',
      machines: [WRITERS, READERS],
      rounds: [[liveSnapshot(true, WRITERS, READERS)]],
    },
    {
      title: 'what is being made is deleted',
      machines: [],
      rounds: [[CANCEL_VOLUME], [CANCEL_SNAPSHOT]],
    },
    {
      title: 'volumes are attached and detached',
      machines: MACHINES,
      rounds: [
        [attachWriter(WRITERS), attachReader(READERS, OTHERS)],
        [detach(WRITERS)],
        (lane) => lane.lose(OTHERS.host, [OTHERS.name]),
        [forceDetach(OTHERS)],
      ],
    },
  ];
const kills: Kill[] = [];

it('every operation that changes something is among them', async () => {
  const { operations } = portOf(await loadContract(WSDL.vbslustre), 'VBSLustre');
  const changing = [...operations.keys()].filter((name) => !name.startsWith('Describe'));
  const rounds = LANES.flatMap((lane) => lane.rounds);
  const killed = rounds.flatMap((round) => (typeof round === 'function' ? [] : round));
  expect([...new Set(killed.map(({ call }) => call))].sort()).toEqual(changing.sort());
});

afterAll(() => console.log(tableOfKills(kills)));

describe.concurrent('a service is killed before and after each step', () => {
  it.for(LANES)('when $title', { timeout: 1_800_000 }, async ({ machines, rounds }) => {
    const isGated = rounds.flat().some((each) => 'ready' in each);
    await runLane({ machines, rounds, isGated }, kills);
  });
});
