import { sign } from 'node:crypto';
import { hours, type Issued } from './certificates.js';
import { bits, der, integer, octets, oid, sequence } from './der.js';

interface Contents {
  /** Serial numbers, as the bytes that `makeCertificate` took. */
  revoked: readonly (readonly number[])[];
  number?: number;
  thisUpdate?: Date;
  nextUpdate?: Date;
}

/** A revocation list in DER (RFC 5280, 5.1) of an authority with an EC key. */
export function makeRevocationList(authority: Issued, contents: Contents): Buffer {
  const { revoked, number = 1, thisUpdate = hours(0), nextUpdate = hours(1) } = contents;
  const entries = revoked.map((serial) => sequence(integer(Buffer.from(serial)), time(hours(-1))));
  const crlNumber = sequence(oid('2.5.29.20'), octets(integer(Buffer.from([number]))));
  const algorithm = sequence(oid('1.2.840.10045.4.3.2'));
  const tbs = sequence(
    integer(Buffer.from([1])),
    algorithm,
    authority.name,
    time(thisUpdate),
    time(nextUpdate),
    ...(entries.length > 0 ? [sequence(...entries)] : []),
    der(0xa0, sequence(crlNumber)),
  );
  return sequence(tbs, algorithm, bits(sign('sha256', tbs, authority.keys.privateKey)));
}

function time(date: Date): Buffer {
  return der(0x18, Buffer.from(date.toISOString().replace(/[-:T]|\.\d+/g, '')));
}
