import { randomInt } from 'node:crypto';
import type { TrustStore } from '@vbs-lustre/shared/trust/trustStore';
import { beforeAll, describe, expect, it } from 'vitest';
import { ecKeys, issueUser, makeAuthority } from '../../shared/src/testing/certificates.js';
import { trustOf } from '../../shared/src/testing/trust.js';
import { evil } from './cases/messages.js';
import { Mutator } from './mutants/mutate.js';
import { Oracle, realVerifier } from './mutants/oracle.js';
import { type Original, STYLES, signInStyle } from './mutants/originals.js';
import { type Weakness, weakVerifier } from './mutants/weakVerifiers.js';
import { record } from './support/record.js';

const SEED = Number(process.env.ATTACK_SEED ?? randomInt(2 ** 31));
const ENOUGH = 40_000;
const MUTANTS = Number(process.env.ATTACK_MUTANTS ?? ENOUGH);
/** Also for many more mutants than by default. */
const LONG = { timeout: 3_600_000 };
const AGAIN = `ATTACK_SEED=${SEED} ATTACK_MUTANTS=${MUTANTS}`;

const authority = makeAuthority();
const users = [
  issueUser(authority, 'alice'),
  issueUser(authority, 'bob'),
  issueUser(authority, 'carol', ecKeys()),
];
/** Of every user, in every style; each is about another volume. */
const originals: Original[] = STYLES.flatMap((style, line) =>
  users.map((user, column) => signInStyle(style, user, evil(`vol-${line}${column}`), new Date())),
);
const mutator = new Mutator(originals, 'vol-evil', SEED);
let trust: TrustStore;

beforeAll(async () => {
  trust = await trustOf(authority.pem);
  console.log(`Mutants: ${AGAIN}`);
});

describe('mutants of signed messages', () => {
  it('none is believed as anything but what its signer signed', LONG, ({ task }) => {
    const oracle = new Oracle(originals, realVerifier(trust));
    let asSigned = 0;
    for (let number = 0; number < MUTANTS; number++) {
      const text = mutator.mutant(number);
      const verdict = oracle.judge(text);
      if (verdict === 'as signed') asSigned += 1;
      expect(verdict, `mutant ${number} of ${AGAIN}:\n${text}`).not.toBe('wrong');
    }
    const refused = MUTANTS - asSigned;
    record(task, 'structure-aware mutation', `${refused} refused, ${asSigned} accepted as signed`);
    // Else they would all be too broken, or too harmless, to prove anything.
    expect(asSigned / MUTANTS).toBeGreaterThan(0.03);
    expect(refused / MUTANTS).toBeGreaterThan(0.3);
  });

  const WEAKNESSES: [name: string, weakness: Weakness][] = [
    ['executes the Body that stands in its place', { bodyByPlace: true }],
    ['takes the name from the first token', { nameOfFirstToken: true }],
    ['takes the digests from another SignedInfo', { lastSignedInfo: true }],
    ['takes the Timestamp that stands in its place', { timestampByPlace: true }],
  ];

  it.for(WEAKNESSES)('a verifier is found out that %s', LONG, ([, weakness], { task }) => {
    const oracle = new Oracle(originals, weakVerifier(trust, weakness));
    const fooled = firstWrong(oracle);
    record(task, 'proof that the mutants find something', `fooled by mutant ${fooled}`);
    expect(fooled, AGAIN).toBeLessThan(ENOUGH);
  });
});

/** The number of the first mutant that a verifier takes for something else. */
function firstWrong(oracle: Oracle): number {
  let number = 0;
  while (number < ENOUGH && oracle.judge(mutator.mutant(number)) !== 'wrong') number += 1;
  return number;
}
