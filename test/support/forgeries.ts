import { createHmac, sign } from 'node:crypto';
import type { Identity } from '@vbs-lustre/shared/trust/identity';
import { signedEnvelope } from '@vbs-lustre/shared/wssecurity/sign';

/** Who may have signed an answer. */
export interface Signers {
  frontEnd: Identity;
  /** A user of the same authority. */
  bob: Identity;
  /** Certified by another authority, under the front end's name. */
  stranger: Identity;
}

/** What is made of an answer of the front end. */
export type Forgery = (answer: string, signers: Signers) => string;

/** Answers that no client may believe. Most say something else than the front end did. */
export const FORGERIES: Readonly<Record<string, Forgery>> = {
  'that was changed after it was signed': changed,
  'whose signed Body gave way to another': (answer) => displaced(answer, '<soap:Body>'),
  'with two Bodies of one Id': (answer) => displaced(answer, bodyOf(answer).start),
  'that is not signed': (answer) => unsigned(changed(answer)),
  'signed by a stranger who has the same name': (answer, { stranger }) =>
    signedAgain(answer, stranger),
  'signed by another user': (answer, { bob }) => signedAgain(answer, bob),
  'signed by another user, with the certificate of the front end': (answer, signers) =>
    signedAgain(answer, borrowed(signers)),
  'signed long ago': (answer, { frontEnd }) =>
    signedAnew(answer, frontEnd, { at: new Date(Date.now() - 20 * 60_000) }),
  'whose Body is not signed': (answer, { frontEnd }) =>
    changed(withSignedInfo(answer, dropReference('Body'), signerOf(frontEnd))),
  'whose Timestamp is not signed': (answer, { frontEnd }) =>
    withSignedInfo(answer, dropReference('Timestamp'), signerOf(frontEnd)),
  'signed with a key that it brings along': withKeyOfItsOwn,
  'that confirms no request': (answer, { frontEnd }) =>
    signedEnvelope(bodyOf(answer).content, frontEnd, new Date()),
  'that confirms a request without a signature': (answer, { frontEnd }) =>
    signedAnew(answer, frontEnd, { confirmed: undefined }),
  'that confirms another request': (answer, { frontEnd }) =>
    signedAnew(answer, frontEnd, { confirmed: ANOTHER_REQUEST }),
  'whose confirmation is not signed': (answer, { frontEnd }) =>
    withSignedInfo(answer, dropReference('Confirmation'), signerOf(frontEnd)),
  'that confirms another request, with an unsigned confirmation of this': (answer, { frontEnd }) =>
    signedAnew(answer, frontEnd, { confirmed: ANOTHER_REQUEST }).replace(
      CONFIRMATION,
      (signed) => unsignedCopyOf(answer) + signed,
    ),
};

/** Without its header. */
function unsigned(answer: string): string {
  return answer.replace(/<soap:Header>.*<\/soap:Header>/s, '');
}

/** Other ids than the front end has answered with, of whatever they are; every answer has one. */
function changed(answer: string): string {
  return answer.replace(/\b(vol|snap|req)-[0-9a-f]{17}\b/g, '$1-00000000000000000');
}

function signedAgain(answer: string, identity: Identity): string {
  return signedAnew(changed(answer), identity);
}

const ANOTHER_REQUEST = Buffer.alloc(256, 7).toString('base64');
const CONFIRMATION = /<wsse11:SignatureConfirmation.*?<\/wsse11:SignatureConfirmation>/s;

/** An answer of the same content, which confirms the same request unless it is told otherwise. */
function signedAnew(
  answer: string,
  identity: Identity,
  { at = new Date(), ...rest }: { at?: Date; confirmed?: string | undefined } = {},
): string {
  const { confirmed: signatureValue } = { confirmed: confirmedBy(answer), ...rest };
  return signedEnvelope(bodyOf(answer).content, identity, at, { signatureValue });
}

function confirmedBy(answer: string): string {
  const [, value = ''] = match(/ Value="([^"]+)"/, match(CONFIRMATION, answer)[0]);
  return value;
}

function unsignedCopyOf(answer: string): string {
  return match(CONFIRMATION, answer)[0].replace(/ wsu:Id="[^"]*"/, '');
}

function borrowed({ frontEnd, bob }: Signers): Identity {
  return { ...frontEnd, privateKey: bob.privateKey };
}

/** Signature wrapping: the signed Body goes into a header, and another takes its place. */
function displaced(answer: string, start: string): string {
  const body = bodyOf(answer);
  return answer
    .replace(body.whole, `${start}${changed(body.content)}</soap:Body>`)
    .replace('</soap:Header>', `<a:Aside xmlns:a="urn:a">${body.whole}</a:Aside></soap:Header>`);
}

const HMAC_SHA1 = 'http://www.w3.org/2000/09/xmldsig#hmac-sha1';

/** Some libraries (gSOAP's) take the key of an HMAC out of the message. */
function withKeyOfItsOwn(answer: string, signers: Signers): string {
  const key = Buffer.alloc(20, 7);
  const identifier = `<wsse:KeyIdentifier ValueType="${HMAC_SHA1}">${key.toString('base64')}</wsse:KeyIdentifier>`;
  return withSignedInfo(
    signedAgain(answer, borrowed(signers)),
    (signedInfo) =>
      signedInfo.replace('http://www.w3.org/2001/04/xmldsig-more#rsa-sha256', HMAC_SHA1),
    (signedInfo) => createHmac('sha1', key).update(signedInfo).digest('base64'),
  ).replace('</wsse:SecurityTokenReference>', `${identifier}$&`);
}

/** The front end writes SignedInfo in its canonical form, so that its text is what is signed. */
function withSignedInfo(
  answer: string,
  edit: (signedInfo: string) => string,
  signatureOf: (signedInfo: string) => string,
): string {
  const [signedInfo] = match(/<ds:SignedInfo.*<\/ds:SignedInfo>/s, answer);
  const edited = edit(signedInfo);
  return answer
    .replace(signedInfo, edited)
    .replace(/(?<=<ds:SignatureValue>)[^<]*/, signatureOf(edited));
}

function dropReference(id: string): (signedInfo: string) => string {
  return (signedInfo) =>
    signedInfo.replace(new RegExp(`<ds:Reference URI="#${id}">.*?</ds:Reference>`, 's'), '');
}

function signerOf({ privateKey }: Identity): (signedInfo: string) => string {
  return (signedInfo) => sign('sha256', Buffer.from(signedInfo), privateKey).toString('base64');
}

function bodyOf(answer: string): { whole: string; start: string; content: string } {
  const [whole, start = '', content = ''] = match(/(<soap:Body[^>]*>)(.*)<\/soap:Body>/s, answer);
  return { whole, start, content };
}

function match(pattern: RegExp, text: string): RegExpExecArray {
  const found = pattern.exec(text);
  if (!found) throw new Error(`there is no ${pattern} in the answer: ${text}`);
  return found;
}
