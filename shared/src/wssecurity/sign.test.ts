import { describe, expect, it } from 'vitest';
import { SignedXml } from 'xml-crypto';
import { newId } from '../ids.js';
import { ecKeys, identityOf, makeCertificate, rsaKeys } from '../testing/certificates.js';
import { labName } from '../testing/der.js';
import { CONTENT, edit } from '../testing/message.js';
import { trustOf } from '../testing/trust.js';
import { judgeOfXmlsec } from '../testing/xmlsec.js';
import { parseXml } from '../xml/parse.js';
import { signedEnvelope, signRequest } from './sign.js';
import { verifyMessage } from './verify.js';

const NOW = new Date();
const rsa = identityOf(makeCertificate({ name: labName('rsa'), keys: rsaKeys() }));
const ec = identityOf(makeCertificate({ name: labName('ec'), keys: ecKeys() }));
/** With what canonical XML escapes, and what XML can't hold. */
const ODD = '<Odd xmlns="urn:test">&lt;&gt;&amp;&#xD;"\' é😀</Odd>';

const CONFIRMED = { signatureValue: 'c2lnbmF0dXJl+/==' };

describe.each([
  ['RSA', rsa],
  ['EC', ec],
])('a message signed with %s', (_, identity) => {
  it.each([CONTENT, ODD])('is right for xmlsec1: %s', (content) => {
    const text = signedEnvelope(content, identity, NOW, CONFIRMED);
    const judge = (message: string) =>
      judgeOfXmlsec(message, identity.certificatePem, [
        'Body',
        'Timestamp',
        'SignatureConfirmation',
      ]);
    expect(judge(text)).toBe('OK');
    expect(judge(edit(text, '</soap:Body>', '<x/></soap:Body>'))).not.toBe('OK');
    expect(judge(edit(text, CONFIRMED.signatureValue, 'AAAA'))).not.toBe('OK');
  });

  it.each([CONTENT, ODD])('is right for our own verification: %s', async (content) => {
    const text = signedEnvelope(content, identity, NOW);
    const message = verifyMessage(parseXml(text), await trustOf(identity.certificatePem), NOW);
    expect(message.body).toContain(content);
    expect(message.signer.subject).toBe(identity.certificate.subject);
  });

  it.each([
    [undefined, undefined],
    [CONFIRMED, CONFIRMED.signatureValue],
    [{ signatureValue: undefined }, undefined],
  ])('confirms the request that it answers: %o', async (confirms, expected) => {
    const text = signedEnvelope(CONTENT, identity, NOW, confirms);
    const message = verifyMessage(parseXml(text), await trustOf(identity.certificatePem), NOW);
    expect(message.confirms).toBe(expected);
    expect(text.includes('SignatureConfirmation')).toBe(confirms !== undefined);
  });
});

// xml-crypto has no ECDSA.
it.each([CONTENT, ODD])('a message signed with RSA is right for xml-crypto: %s', (content) => {
  const text = signedEnvelope(content, rsa, NOW, CONFIRMED);
  const judge = (message: string) => {
    const signedXml = new SignedXml({ publicCert: rsa.certificatePem, idMode: 'wssecurity' });
    signedXml.loadSignature(/<ds:Signature .*<\/ds:Signature>/s.exec(message)?.[0] ?? '');
    return signedXml.checkSignature(message) && signedXml.getSignedReferences().length;
  };
  expect(judge(text)).toBe(3);
  expect(judge(edit(text, '</soap:Body>', '<x/></soap:Body>'))).toBe(false);
});

it('a request says, signed, which request it is part of', async () => {
  const requestId = newId('req');
  const { text } = signRequest(CONTENT, rsa, NOW, requestId);
  expect(judgeOfXmlsec(text, rsa.certificatePem, ['Body', 'Timestamp', 'RequestId'])).toBe('OK');
  const trust = await trustOf(rsa.certificatePem);
  const verify = (message: string) => verifyMessage(parseXml(message), trust, NOW);
  expect(verify(text).requestId).toBe(requestId);
  expect(verify(signRequest(CONTENT, rsa, NOW).text).requestId).toBeUndefined();
  expect(() => verify(edit(text, requestId, newId('req')))).toThrow('the digest of RequestId');
  // Moved out of what the signature covers.
  const header = /<vbs:RequestId.*<\/vbs:RequestId>/s.exec(text)?.[0] ?? '';
  const unsigned = header.replace(' wsu:Id="RequestId"', '');
  const without = signRequest(CONTENT, rsa, NOW).text;
  const added = edit(without, '</soap:Header>', `${unsigned}</soap:Header>`);
  expect(verify(added).requestId).toBeUndefined();
});

it.each(['', 'req-1', 'vol-0123456789abcdef0', 'req-0123456789abcdef0 '])(
  'what is no request id is not taken for one: "%s"',
  async (text) => {
    const message = parseXml(signRequest(CONTENT, rsa, NOW, text).text);
    const trust = await trustOf(rsa.certificatePem);
    expect(verifyMessage(message, trust, NOW).requestId).toBeUndefined();
  },
);

it('two requests that say the same in the same millisecond are two messages', async () => {
  const trust = await trustOf(rsa.certificatePem);
  const keys = [1, 2].map(() => {
    const { text, signatureValue } = signRequest(CONTENT, rsa, NOW);
    expect(text).toContain(`<ds:SignatureValue>${signatureValue}<`);
    return verifyMessage(parseXml(text), trust, NOW).replayKey;
  });
  expect(keys[0]).not.toBe(keys[1]);
});
