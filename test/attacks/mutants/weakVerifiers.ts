import { createHash } from 'node:crypto';
import type { TrustStore } from '@vbs-lustre/shared/trust/trustStore';
import { digest, isSignedBy } from '@vbs-lustre/shared/wssecurity/algorithms';
import { canonicalize } from '@vbs-lustre/shared/wssecurity/canonical';
import { attributeOf, textOf, type XmlElement } from '@vbs-lustre/shared/xml/node';
import type { Proven, Verifier } from './oracle.js';

/** One way each in which real verifiers were wrong. */
export interface Weakness {
  /** Executes the Envelope's Body, whichever element was signed (signature wrapping). */
  bodyByPlace?: true;
  /** Takes the sender's name from the first token, whichever token's key has signed. */
  nameOfFirstToken?: true;
  /** Takes the digests from the last SignedInfo, and checks the signature of the first (CVE-2025-29774). */
  lastSignedInfo?: true;
  /** Takes the Timestamp by its place, signed or not. */
  timestampByPlace?: true;
}

/** A verifier as they are often written: it looks for things by their names and Ids, wherever they are. */
export function weakVerifier(trust: TrustStore, weakness: Weakness): Verifier {
  return (envelope) => {
    const signature = need(all(envelope, 'Signature')[0]);
    const infos = all(signature, 'SignedInfo');
    const checked = need(infos[0]);
    const method = attributeOf(need(all(checked, 'SignatureMethod')[0]), '', 'Algorithm') ?? '';
    const tokens = all(envelope, 'BinarySecurityToken');
    const uri = attributeOf(
      need(all(need(all(signature, 'KeyInfo')[0]), 'Reference')[0]),
      '',
      'URI',
    );
    const token = need(tokens.find((each) => `#${idOf(each)}` === uri));
    const { publicKey, subject } = trust.accept(bytesOf(token), new Date());
    const value = bytesOf(need(all(signature, 'SignatureValue')[0]));
    const form = canonicalize(checked, prefixesOf(need(all(checked, 'CanonicalizationMethod')[0])));
    if (!isSignedBy(method, form, value, publicKey)) throw new Error('wrong signature');
    const signed = all(need(weakness.lastSignedInfo ? infos.at(-1) : checked), 'Reference').map(
      (reference) => referenced(envelope, reference),
    );
    const body = need(signed.find(({ element }) => element.localName === 'Body'));
    const stamp = need(signed.find(({ element }) => element.localName === 'Timestamp'));
    const placed = need(envelope.children.find(({ localName }) => localName === 'Body'));
    const shown = need(all(envelope, 'Timestamp')[0]);
    return {
      signer: weakness.nameOfFirstToken
        ? trust.accept(bytesOf(need(tokens[0])), new Date()).subject
        : subject,
      body: weakness.bodyByPlace ? canonicalize(placed, body.prefixes) : body.form,
      replayKey: createHash('sha256').update(subject).update('\0').update(form).digest('hex'),
      created: createdIn(weakness.timestampByPlace ? shown : stamp.element),
    } satisfies Proven;
  };
}

function referenced(envelope: XmlElement, reference: XmlElement) {
  const uri = attributeOf(reference, '', 'URI');
  const element = need(all(envelope).find((each) => `#${idOf(each)}` === uri));
  const prefixes = prefixesOf(reference);
  const form = canonicalize(element, prefixes);
  const method = attributeOf(need(all(reference, 'DigestMethod')[0]), '', 'Algorithm') ?? '';
  const value = bytesOf(need(all(reference, 'DigestValue')[0]));
  if (digest(method, form) !== value.toString('base64')) throw new Error('wrong digest');
  return { element, form, prefixes };
}

/** The element and all in it, of a local name. */
function all(element: XmlElement, localName?: string): XmlElement[] {
  const own = localName === undefined || element.localName === localName ? [element] : [];
  return [...own, ...element.children.flatMap((child) => all(child, localName))];
}

function need<T>(found: T | undefined): T {
  if (found === undefined) throw new Error('something is missing');
  return found;
}

function idOf({ attributes }: XmlElement): string | undefined {
  return attributes.find(({ localName }) => localName === 'Id')?.value;
}

function prefixesOf(element: XmlElement): string[] {
  const [inclusive] = all(element, 'InclusiveNamespaces');
  const list = inclusive && attributeOf(inclusive, '', 'PrefixList');
  return list?.split(' ').filter(Boolean) ?? [];
}

function bytesOf(element: XmlElement): Buffer {
  return Buffer.from(textOf(element), 'base64');
}

function createdIn(timestamp: XmlElement): number {
  return Date.parse(textOf(need(all(timestamp, 'Created')[0])));
}
