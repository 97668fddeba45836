import { isIP, isIPv6 } from 'node:net';
import forge from 'node-forge';
import { Refusal } from './refusal.js';

const DNS_NAME = 2;
const IP_ADDRESS = 7;
/** RFC 1123, 2.1: labels of letters, digits and inner hyphens. */
const HOST_NAME =
  /^(?=.{1,253}$)[a-z\d]([a-z\d-]{0,61}[a-z\d])?(\.[a-z\d]([a-z\d-]{0,61}[a-z\d])?)*$/i;

/**
 * SubjectAltName (RFC 5280, 4.2.1.6) of a server that is reached under these names and addresses.
 * @throws {Refusal} if one is neither.
 */
export function alternativeNames(names: readonly string[]): object {
  return { name: 'subjectAltName', altNames: names.map(alternativeName) };
}

function alternativeName(name: string): { type: number; value: string } {
  if (isIP(name)) return { type: IP_ADDRESS, value: addressBytes(name) };
  if (HOST_NAME.test(name)) return { type: DNS_NAME, value: name };
  throw new Refusal(`${name} is neither a host name nor an address.`);
}

/** SubjectAltName as node-forge has read it. */
export interface AlternativeNames {
  altNames?: readonly { type: number; value: string; ip?: string }[];
}

/**
 * The names and addresses in an extension.
 * @throws {Refusal} if it has others than a server's.
 */
export function serverNamesIn({ altNames = [] }: AlternativeNames): readonly string[] {
  return altNames.map(({ type, value, ip }) => {
    if (type === IP_ADDRESS && ip) return ip;
    if (type === DNS_NAME) return value;
    throw new Refusal('Alternative names can be names of hosts and addresses, and nothing else.');
  });
}

/** The names in a certificate, undefined if it is no server's. */
export function serverNamesOf(certificate: forge.pki.Certificate): readonly string[] | undefined {
  const extension = certificate.getExtension('subjectAltName') as AlternativeNames | undefined;
  return extension && serverNamesIn(extension);
}

/** The octets of an address, one character each. */
function addressBytes(address: string): string {
  if (!isIPv6(address)) return String.fromCharCode(...address.split('.').map(Number));
  // The URL parser knows all ways of writing an address and leaves one; node-forge stumbles over some.
  const [left = '', right] = new URL(`http://[${address}]`).hostname.slice(1, -1).split('::');
  const [start, end] = [groups(left), groups(right ?? '')];
  const zeros = '0000'.repeat(8 - start.length - end.length);
  return forge.util.hexToBytes([...start, zeros, ...end].join(''));
}

function groups(text: string): string[] {
  return text === '' ? [] : text.split(':').map((group) => group.padStart(4, '0'));
}
