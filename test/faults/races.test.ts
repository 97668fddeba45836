import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Random } from '../attacks/mutants/random.js';
import { User } from './clients/user.js';
import { ALLOWED, isAllowed } from './races/allowed.js';
import { Race } from './races/race.js';
import { Findings } from './support/findings.js';
import { History } from './support/history.js';
import { World } from './support/world.js';
import { disagreements } from './verdicts/agreement.js';
import { passing, readLedger } from './verdicts/ledger.js';
import { removeAll } from './verdicts/removal.js';

const SEED = Number(process.env.FAULTS_SEED ?? Math.floor(Math.random() * 2 ** 32));
const ROUNDS = Number(process.env.FAULTS_ROUNDS ?? 1);
const LONGEST_HEAD_START_MS = 60;
/** Messages between the services take up to so long, so that the two get into each other's way. */
const SLOWNESS = { chances: { delayed: 0.5 }, longestDelayMs: 150 };
const SETTLED_WITHIN_MS = 180_000;
const MACHINES = [
  { name: 'vm1', host: 'vmm1' },
  { name: 'vm2', host: 'vmm1' },
  { name: 'vm3', host: 'vmm2' },
];
const random = new Random(SEED);
let world: World;
let user: User;
let other: User;

beforeAll(async () => {
  console.log(`To repeat: npm run test:faults -- --seed ${SEED}`);
  world = await World.start({ users: ['ann', 'ben'], machines: MACHINES, impatient: false });
  const shared = { history: new History(), findings: new Findings(), random };
  user = new User('ann', await world.clients('ann'), shared);
  other = new User('ben', await world.clients('ben'), shared);
  world.messages.meddle(SLOWNESS);
});

afterAll(() => world?.stop(false));

describe.concurrent(`two at once (seed ${SEED})`, () => {
  const races = ALLOWED.map((row, index) => ({ row, device: `xvd${letter(index)}` }));
  it.for(races)('$row.0: $row.1 and $row.2', { timeout: 300_000 }, async ({ row, device }) => {
    const [start, first, second, ...allowed] = row;
    for (let round = 0; round < ROUNDS; round++) {
      const race = new Race(user, other, device);
      await race.prepare(start);
      // Sent in either order, together or one a little before the other.
      const swap = random.chance(0.5);
      const headStartMs = random.chance(0.3) ? 0 : random.below(LONGEST_HEAD_START_MS);
      const acts = swap ? ([second, first] as const) : ([first, second] as const);
      const deeds = await race.run(...acts, headStartMs);
      if (swap) deeds.reverse();
      // Somebody stood still for too long: that says nothing about the two.
      if (deeds.some(({ outcome }) => outcome === 'Unavailable')) {
        await race.end();
        round--;
        continue;
      }
      const told = deeds.map(({ outcome }) => (outcome === 'acknowledged' ? 'ok' : outcome));
      const words = deeds.map(({ message }) => message).join(' | ');
      expect(isAllowed(allowed, told), `${told.join(', ')}: ${words}`).toBe(true);
      expect(await race.contradictions(deeds)).toEqual([]);
      await race.end();
    }
  });
});

it('leaves everything in order', async () => {
  await settled();
  for (const each of [user, other]) expect(await removeAll(each)).toEqual([]);
  await settled();
  expect(await readLedger([user, other])).toMatchObject({ volumes: [], snapshots: [] });
  expect(world.recorder.holds.conflicts).toEqual([]);
}, 300_000);

async function settled(): Promise<void> {
  const deadline = performance.now() + SETTLED_WITHIN_MS;
  for (;;) {
    const ledger = await readLedger([user, other]);
    const left = [...passing(ledger), ...(await disagreements(ledger, world))];
    if (left.length === 0) return;
    expect(performance.now(), left.join('; ')).toBeLessThan(deadline);
    await delay(500);
  }
}

/** As many tests as run at once have devices of their own. */
function letter(index: number): string {
  return String.fromCharCode('b'.charCodeAt(0) + (index % 24));
}
