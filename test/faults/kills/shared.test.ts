import { afterAll, expect, it } from 'vitest';
import { wrongFiles } from './contents.js';
import { copying } from './copying.js';
import type { Kill, Step } from './enumeration.js';
import { DELEGATE, HELPER } from './laneDeployment.js';
import { tableOfKills } from './round.js';
import { runLane } from './runLane.js';
import { SHARED_SNAPSHOT, SHARED_VOLUME, SHARING } from './sharedOperations.js';

const OPERATIONS = [SHARED_VOLUME, SHARED_SNAPSHOT];
const WAY = { blank: 'reserve', copy: 'copy' };
/** Steps while the file has its second name. */
const OF_SHARING = /<helped part>|program qemu-img|file flush <part>|message CopyRange/;
/** What gives the file its space and its name. */
const BESIDE = /^file (fallocate|truncate|link|unlink|flush)/;
const kills: Kill[] = [];

/**
 * The steps of both Volume Delegates by which a copy is shared, in each operation. What the front end passes on, and what gives the
 * file its space and its name, is the same in both: once is enough. All else is the same whoever copies what, and tried in kills.test.ts.
 */
function wantedOnce(): (step: Step) => boolean {
  const named = new Set<string>();
  return ({ service, step, nth }) => {
    const isOfSharing = OF_SHARING.test(step);
    // Nobody can say how often somebody asks.
    if (step.endsWith('CopyRange: range') && nth > 1) return false;
    if (isOfSharing && service !== 'vbslustre') return true;
    if (!isOfSharing && !BESIDE.test(step)) return false;
    const name = `${service} ${step.replace('<snapshot>', '<volume>')} ${nth}`;
    const isNew = !named.has(name);
    named.add(name);
    return isNew;
  };
}

afterAll(() => console.log(tableOfKills(kills)));

it('services are killed before and after each step by which two Volume Delegates share a copy', {
  timeout: 1_800_000,
}, async () => {
  await runLane(
    {
      ...{ isShared: true, settings: SHARING, fileSystem: 'ext4', machines: [] },
      rounds: [OPERATIONS],
      isWanted: wantedOnce(),
      verdict: (ledger, folder) => [...wrongFiles(WAY, ledger, folder), ...copying(folder)],
    },
    kills,
  );
  const killed = new Set(kills.map(({ operation, step }) => `${operation.call} ${step.service}`));
  for (const { call } of OPERATIONS) {
    expect(killed).toContain(`${call} ${DELEGATE}`);
    expect(killed).toContain(`${call} ${HELPER}`);
  }
});
