import { randomInt } from 'node:crypto';
import { userSubject } from '@vbs-lustre/lab/deployment/certificates';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { until } from '../support/testbed.js';
import { evil } from './cases/messages.js';
import { Mutator } from './mutants/mutate.js';
import { STYLES, signInStyle } from './mutants/originals.js';
import { readAnswer, verdictOf } from './support/answers.js';
import { record } from './support/record.js';
import { copyVolume, stateOf } from './support/state.js';
import { Target } from './support/target.js';
import { fire } from './support/wire.js';

const SEED = Number(process.env.ATTACK_SEED ?? randomInt(2 ** 31));
const MUTANTS = 300;

let target: Target;

beforeAll(async () => {
  target = await Target.start();
});

afterAll(() => target?.stop());

it('mutants over https: nothing is done but what was signed, and that once', async ({ task }) => {
  const { deployment } = target.testbed;
  const { alice, bob, victim } = target.world;
  const originals = STYLES.flatMap((style) =>
    [alice, bob].map((user) => {
      const owner = user.certificate.subject;
      const volumeId = copyVolume(deployment, victim, { owner });
      return { ...signInStyle(style, user, evil(volumeId), new Date()), volumeId };
    }),
  );
  // Each user's own, which nobody has asked to delete.
  const spared = [victim, copyVolume(deployment, victim, { owner: userSubject('bob') })];
  const mutator = new Mutator(originals, victim, SEED);
  const before = volumes();
  let executed = 0;
  for (let number = 0; number < MUTANTS; number++) {
    const text = mutator.mutant(number);
    const outcome = await fire(target.wire, { body: text });
    const verdict = verdictOf(outcome, target.trust);
    const about = `mutant ${number} of ATTACK_SEED=${SEED}:\n${text}`;
    expect(verdict, about).toMatch(/^(executed|not parsed|(wsse|wsu):\w+|HTTP 400)$/);
    if (verdict === 'executed') executed += 1;
  }
  await until('no volume is being deleted', async () => !isDeleting() || undefined);
  const after = volumes();
  const gone = before.filter((id) => !after.includes(id));
  const asked = originals.map(({ volumeId }) => volumeId);
  expect(asked).toEqual(expect.arrayContaining(gone));
  expect(gone).toHaveLength(executed);
  expect(after).toEqual(expect.arrayContaining(spared));
  for (const { text, volumeId } of originals) {
    const { status } = readAnswer(await fire(target.wire, { body: text }), target.trust);
    // What a mutant has not done already is done now.
    expect(status).toBe(gone.includes(volumeId) ? 500 : 200);
  }
  record(
    task,
    'structure-aware mutation',
    `${MUTANTS - executed} refused, ${executed} executed, as signed`,
  );
});

/** Those that have both a row and a file. */
function volumes(): string[] {
  const { deployment } = target.testbed;
  const lines = stateOf(deployment).map(
    (line) => /^(?:volumes .*"id":")?(vol-[0-9a-f]{17})\b/.exec(line)?.[1],
  );
  const ids = lines.filter((id) => id !== undefined);
  return ids.filter((id, index) => ids.indexOf(id) !== index);
}

function isDeleting(): boolean {
  return stateOf(target.testbed.deployment).some((line) => line.includes('"status":"deleting"'));
}
