import { generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { readCertificate } from '../trust/certificate.js';
import type { Identity } from '../trust/identity.js';
import { bits, der, integer, labName, octets, oid, sequence } from './der.js';

export interface Keys {
  publicKey: KeyObject;
  privateKey: KeyObject;
}

export const rsaKeys = (modulusLength = 2048): Keys =>
  generateKeyPairSync('rsa', { modulusLength });
export const ecKeys = (namedCurve = 'P-256'): Keys => generateKeyPairSync('ec', { namedCurve });

/** Bits of the extension KeyUsage. */
export const USAGE = { digitalSignature: 0x80, keyEncipherment: 0x20, keyCertSign: 0x04 } as const;

interface Request {
  name: Buffer;
  /** Absent: self-signed. */
  issuer?: Issued;
  /** Absent: of EC, which are made faster. */
  keys?: Keys;
  isAuthority?: boolean;
  /** Absent: no such extension. */
  usage?: number;
  notBefore?: Date;
  notAfter?: Date;
  serverName?: string;
  /** Bytes of the serial number; absent: a random one. */
  serial?: readonly number[];
  pathLength?: number;
  /** More of them, as {@link extension} makes them. */
  extensions?: readonly Buffer[];
  /** With which it is signed; SHA-1 also gives the signature algorithm of RSA or EC with SHA-1. */
  hash?: 'sha256' | 'sha1';
}

/** An extension (RFC 5280, 4.1). */
export function extension(id: string, isCritical: boolean, value = octets(der(0x05))): Buffer {
  const critical = isCritical ? [der(0x01, Buffer.from([0xff]))] : [];
  return sequence(oid(id), ...critical, value);
}

const ALGORITHMS = {
  'ec sha256': '1.2.840.10045.4.3.2',
  'ec sha1': '1.2.840.10045.4.1',
  'rsa sha256': '1.2.840.113549.1.1.11',
  'rsa sha1': '1.2.840.113549.1.1.5',
} as const;

export interface Issued {
  der: Buffer;
  pem: string;
  keys: Keys;
  name: Buffer;
}

const HOUR_MS = 3_600_000;
export const hours = (count: number): Date => new Date(Date.now() + count * HOUR_MS);

/** Makes a certificate (RFC 5280, 4.1), of RSA or EC, also such as no authority should issue. */
export function makeCertificate(request: Request): Issued {
  const { name, issuer, keys = ecKeys(), notBefore = hours(-1), notAfter = hours(1) } = request;
  const { serial = [0x40, ...randomBytes(8)], hash = 'sha256' } = request;
  const signer = issuer?.keys.privateKey ?? keys.privateKey;
  const kind = signer.asymmetricKeyType === 'ec' ? 'ec' : 'rsa';
  const algorithm = sequence(
    oid(ALGORITHMS[`${kind} ${hash}`]),
    ...(kind === 'ec' ? [] : [der(0x05)]),
  );
  const tbs = sequence(
    der(0xa0, integer(Buffer.from([2]))),
    integer(Buffer.from(serial)),
    algorithm,
    issuer?.name ?? name,
    sequence(time(notBefore), time(notAfter)),
    name,
    keys.publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(...extensionsOf(request))),
  );
  const certificate = sequence(tbs, algorithm, bits(sign(hash, tbs, signer)));
  const base64 = certificate
    .toString('base64')
    .match(/.{1,64}/g)
    ?.join('\n');
  const pem = `-----BEGIN CERTIFICATE-----\n${base64}\n-----END CERTIFICATE-----\n`;
  return { der: certificate, pem, keys, name };
}

function extensionsOf({ isAuthority = false, usage, serverName, ...rest }: Request): Buffer[] {
  const authority = isAuthority ? [der(0x01, Buffer.from([0xff]))] : [];
  const limit = rest.pathLength === undefined ? [] : [integer(Buffer.from([rest.pathLength]))];
  const extensions = [
    sequence(oid('2.5.29.19'), octets(sequence(...authority, ...limit))),
    ...(rest.extensions ?? []),
  ];
  if (usage !== undefined) {
    extensions.push(sequence(oid('2.5.29.15'), octets(bits(Buffer.from([usage])))));
  }
  if (serverName !== undefined) {
    const names = sequence(der(0x82, Buffer.from(serverName)));
    extensions.push(sequence(oid('2.5.29.17'), octets(names)));
  }
  return extensions;
}

function time(date: Date): Buffer {
  const text = date.toISOString().replace(/[-:T]|\.\d+/g, '');
  return der(0x18, Buffer.from(text));
}

/** A certificate authority. */
export function makeAuthority(
  commonName = 'CA',
  organisation = 'Lab',
  more: Partial<Request> = {},
): Issued {
  const name = labName(commonName, organisation);
  return makeCertificate({ name, isAuthority: true, usage: USAGE.keyCertSign, ...more });
}

/** What the holder of a certificate signs with. */
export function identityOf({ der: bytes, pem, keys }: Issued): Identity {
  return {
    certificate: readCertificate(bytes),
    privateKey: keys.privateKey,
    certificatePem: pem,
    privateKeyPem: keys.privateKey.export({ type: 'pkcs8', format: 'pem' }) as string,
  };
}

/** A user of this authority: `CN=alice,O=Lab`. */
export function issueUser(authority: Issued, commonName: string, keys: Keys = rsaKeys()): Identity {
  const name = labName(commonName);
  const usage = USAGE.digitalSignature;
  return identityOf(makeCertificate({ name, issuer: authority, keys, usage }));
}
