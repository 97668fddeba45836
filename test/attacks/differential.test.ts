import type { TrustStore } from '@vbs-lustre/shared/trust/trustStore';
import { verifyMessage } from '@vbs-lustre/shared/wssecurity/verify';
import type { XmlElement } from '@vbs-lustre/shared/xml/node';
import { parseXml } from '@vbs-lustre/shared/xml/parse';
import { beforeAll, expect, it } from 'vitest';
import { issueUser, makeAuthority } from '../../shared/src/testing/certificates.js';
import { trustOf } from '../../shared/src/testing/trust.js';
import { evil } from './cases/messages.js';
import { Mutator } from './mutants/mutate.js';
import { STYLES, signInStyle } from './mutants/originals.js';
import { record } from './support/record.js';
import { verdictOfXmlCrypto } from './support/xmlCrypto.js';

/** Always the same unless told: a quirk of the other judge that no seed has shown yet is no failure of ours. */
const SEED = Number(process.env.ATTACK_SEED ?? 2_010);
/** xml-crypto takes milliseconds for each. */
const MUTANTS = 1_500;

const authority = makeAuthority();
// xml-crypto has no ECDSA: both are of RSA.
const users = [issueUser(authority, 'alice'), issueUser(authority, 'bob')];
const originals = STYLES.flatMap((style, line) =>
  users.map((user, column) => signInStyle(style, user, evil(`vol-${line}${column}`), new Date())),
);
const mutator = new Mutator(originals, 'vol-evil', SEED);
let trust: TrustStore;

beforeAll(async () => {
  trust = await trustOf(authority.pem);
});

/** What both judges can read: xml-crypto's parser repairs the rest, which is another message then. */
function parsed(text: string): XmlElement[] {
  try {
    return [parseXml(text)];
  } catch {
    return [];
  }
}

/** Why our verifier refuses a message; undefined if it does not. */
function objectionTo(envelope: XmlElement): string | undefined {
  try {
    verifyMessage(envelope, trust, new Date());
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}

/** What is wrong with the cryptography, and not with the shape, the certificate or the time. */
const CRYPTOGRAPHY = /^the (digest of .*|signature value) is wrong$/;

it('our verifier and xml-crypto agree wherever both judge', { timeout: 600_000 }, ({ task }) => {
  const texts = originals.map(({ text }) => text);
  for (let number = 0; number < MUTANTS; number += 1) texts.push(mutator.mutant(number));
  let [right, wrong] = [0, 0];
  const readable = texts.flatMap((text) => parsed(text).map((envelope) => ({ text, envelope })));
  for (const [index, { text, envelope }] of readable.entries()) {
    const objection = objectionTo(envelope);
    const verdict = verdictOfXmlCrypto(text, users);
    const about = `message ${index} of ATTACK_SEED=${SEED}: ${objection}\n${text}`;
    if (objection === undefined) expect(verdict, about).not.toBe('wrong');
    if (verdict === 'right') expect(objection ?? '', about).not.toMatch(CRYPTOGRAPHY);
    if (verdict === 'right') right += 1;
    else if (verdict === 'wrong') wrong += 1;
  }
  record(task, 'xml-crypto as a second judge', `${right} right, ${wrong} wrong, no disagreement`);
  expect(right).toBeGreaterThan(originals.length);
  expect(wrong).toBeGreaterThan(100);
});
