import { createHmac } from 'node:crypto';
import { beforeAll, describe, expect, it } from 'vitest';
import { issueUser, makeAuthority } from '../testing/certificates.js';
import { edit, type MessagePlan, planFor, render, signatureBy } from '../testing/message.js';
import { trustOf } from '../testing/trust.js';
import type { TrustStore } from '../trust/trustStore.js';
import { parseXml } from '../xml/parse.js';
import { MODERN, WITH_SHA1 } from './algorithms.js';
import { verifyMessage } from './verify.js';

const XMLDSIG = 'http://www.w3.org/2000/09/xmldsig#';
const authority = makeAuthority();
const alice = issueUser(authority, 'alice');
let trust: TrustStore;

beforeAll(async () => {
  trust = await trustOf(authority.pem);
});

const SIGNED: Partial<MessagePlan> = {
  signatureMethod: `${XMLDSIG}rsa-sha1`,
  signer: signatureBy(alice.privateKey, 'sha1'),
};

/** Its digests are of its own Timestamp: a second plan may be of the next millisecond. */
const messageWith = (changes: (plan: MessagePlan) => Partial<MessagePlan>): string => {
  const plan = planFor(alice);
  return render({ ...plan, ...changes(plan) });
};

const digested = ({ references }: MessagePlan): Partial<MessagePlan> => ({
  references: references.map((each) => ({
    ...each,
    digestMethod: `${XMLDSIG}sha1`,
    hash: 'sha1',
  })),
});

describe.each([
  ['signature', () => SIGNED],
  ['digest', digested],
  ['signature and digest', (plan: MessagePlan) => ({ ...digested(plan), ...SIGNED })],
])('SHA-1 as %s', (_, changes) => {
  it('is refused, unless it is allowed', () => {
    const envelope = parseXml(messageWith(changes));
    expect(() => verifyMessage(envelope, trust, new Date(), MODERN)).toThrow('sha1');
    const { signer } = verifyMessage(envelope, trust, new Date(), WITH_SHA1);
    expect(signer.subject).toBe('CN=alice,O=Lab');
  });

  it('protects the message where it is allowed', () => {
    const changed = edit(messageWith(changes), 'vol-1', 'vol-2');
    expect(() => verifyMessage(parseXml(changed), trust, new Date(), WITH_SHA1)).toThrow(
      'the digest of Body is wrong',
    );
  });
});

it('opens the door to SHA-1 alone: HMAC stays out', () => {
  const signer = (info: string) =>
    createHmac('sha1', alice.certificate.x509.raw).update(info).digest();
  const text = messageWith(() => ({ signatureMethod: `${XMLDSIG}hmac-sha1`, signer }));
  expect(() => verifyMessage(parseXml(text), trust, new Date(), WITH_SHA1)).toThrow('hmac-sha1');
});
