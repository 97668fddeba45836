import { NS as NAMES } from '@vbs-lustre/shared/soap/namespaces';
import type { Identity } from '@vbs-lustre/shared/trust/identity';
import {
  bodyOf,
  edit,
  type MessagePlan,
  signatureBy,
  tokenOf,
} from '../../../shared/src/testing/message.js';
import { NAMESPACE } from '../../support/raw.js';
import type { World } from '../support/attack.js';

export const NS = { ...NAMES, soap12: 'http://www.w3.org/2003/05/soap-envelope' } as const;

/** What an attacker wants to be executed. */
export const evil = (victim: string): string =>
  `<DeleteVolume xmlns="${NAMESPACE}"><volumeId>${victim}</volumeId></DeleteVolume>`;

export const evilBody = ({ victim }: World, id: string): string => bodyOf(evil(victim), id);

/** Puts an element into a header of its own. */
export const inHeader = (text: string, element: string): string =>
  edit(text, '<soap:Header>', `<soap:Header><x>${element}</x>`);

/** Seconds from now, as a time of a Timestamp. */
export const at = (seconds: number): string => new Date(Date.now() + seconds * 1000).toISOString();

export const SIGNATURE = /<ds:Signature .*<\/ds:Signature>/s;
export const SIGNED_INFO = /<ds:SignedInfo .*<\/ds:SignedInfo>/s;
export const HEADER = /<soap:Header>.*<\/soap:Header>/s;
export const SECURITY = /<wsse:Security .*<\/wsse:Security>/s;

/** A message's token and signature, of somebody else. */
export function signedBy({ certificate, privateKey }: Identity): Partial<MessagePlan> {
  const kind = certificate.publicKey.asymmetricKeyType === 'ec' ? 'ecdsa' : 'rsa';
  return {
    token: tokenOf(certificate.x509.raw.toString('base64')),
    signatureMethod: `http://www.w3.org/2001/04/xmldsig-more#${kind}-sha256`,
    signer: signatureBy(privateKey),
  };
}
