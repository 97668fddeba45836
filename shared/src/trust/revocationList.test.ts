import { sign } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { makeAuthority, makeCertificate, USAGE } from '../testing/certificates.js';
import { bits, der, integer, labName, octets, oid, sequence } from '../testing/der.js';
import { normalizeSerial } from './asn1.js';
import { readCertificate } from './certificate.js';
import { readRevocationList } from './revocationList.js';

const lab = makeAuthority();
const labCertificate = readCertificate(lab.der);

const ECDSA_SHA256 = sequence(oid('1.2.840.10045.4.3.2'));
const ECDSA_SHA1 = sequence(oid('1.2.840.10045.4.1'));
const VERSION_2 = integer(Buffer.from([1]));
const utc = (text: string): Buffer => der(0x17, Buffer.from(text));
const TIMES = [utc('260504030201Z'), utc('260511030201Z')];
const CRITICAL = der(0x01, Buffer.from([0xff]));
const extension = (id: string, ...rest: Buffer[]): Buffer => sequence(oid(id), ...rest);
const extensions = (...list: Buffer[]): Buffer => der(0xa0, sequence(...list));
const CRL_NUMBER = extension('2.5.29.20', octets(integer(Buffer.from([7]))));

const serial = (...bytes: number[]): Buffer => integer(Buffer.from(bytes));
const entry = (number: Buffer, ...rest: Buffer[]): Buffer =>
  sequence(number, utc('260101000000Z'), ...rest);
const reason = (...code: number[]): Buffer =>
  sequence(extension('2.5.29.21', octets(der(0x0a, Buffer.from(code)))));

interface Parts {
  version?: Buffer[];
  inner?: Buffer;
  outer?: Buffer;
  times?: Buffer[];
  rest?: Buffer[];
}

/** A list as the authority would sign it, also such as none should be. */
function listOf({
  version = [VERSION_2],
  inner = ECDSA_SHA256,
  outer = inner,
  times = TIMES,
  rest = [],
}: Parts): Buffer {
  const tbs = sequence(...version, inner, lab.name, ...times, ...rest);
  return sequence(tbs, outer, bits(sign('sha256', tbs, lab.keys.privateKey)));
}

const read = (parts: Parts) => readRevocationList(listOf(parts));
const readEntries = (...entries: Buffer[]) => read({ rest: [sequence(...entries)] });

describe('reads', () => {
  it('the authority, the times and the serial numbers', () => {
    const list = read({
      rest: [
        sequence(
          entry(serial(0x40, 0xaa)),
          entry(serial(0x00, 0xff, 0x01), reason(1)),
          entry(serial(5), reason(6)),
        ),
        extensions(CRL_NUMBER),
      ],
    });
    expect(list.issuer).toBe('CN=CA,O=Lab');
    expect(list.thisUpdate.toISOString()).toBe('2026-05-04T03:02:01.000Z');
    expect(list.nextUpdate.toISOString()).toBe('2026-05-11T03:02:01.000Z');
    expect([...list.revokedSerials]).toEqual(['40aa', 'ff01', '5']);
    expect(list.isSignedBy(labCertificate)).toBe(true);
  });

  it('a list of nothing', () => {
    expect(read({}).revokedSerials.size).toBe(0);
    expect(read({ rest: [extensions(CRL_NUMBER)] }).revokedSerials.size).toBe(0);
  });

  it('its number, by which the newer of two is known', () => {
    expect(read({ rest: [extensions(CRL_NUMBER)] }).number).toBe(7n);
    expect(read({}).number).toBeUndefined();
  });

  it('a list of version 1', () => {
    const list = read({ version: [], rest: [sequence(entry(serial(5)))] });
    expect([...list.revokedSerials]).toEqual(['5']);
    expect(list.isSignedBy(labCertificate)).toBe(true);
  });

  it('an extension that it does not know and need not', () => {
    const unknown = extension('1.2.3.4', octets(Buffer.from('x')));
    expect(read({ rest: [extensions(unknown)] }).isSignedBy(labCertificate)).toBe(true);
  });

  it.each([
    [utc('491231235959Z'), '2049-12-31T23:59:59.000Z'],
    [utc('500101000000Z'), '1950-01-01T00:00:00.000Z'],
    [der(0x18, Buffer.from('20510203040506Z')), '2051-02-03T04:05:06.000Z'],
  ])('the time %#', (encoded, expected) => {
    const { nextUpdate } = read({ times: [utc('260504030201Z'), encoded] });
    expect(nextUpdate.toISOString()).toBe(expected);
  });

  it('serial numbers as a certificate has them', () => {
    const issued = makeCertificate({ name: labName('alice'), issuer: lab });
    const number = readCertificate(issued.der).x509.serialNumber;
    const { revokedSerials } = readEntries(entry(integer(Buffer.from(number, 'hex'))));
    expect(revokedSerials.has(normalizeSerial(number))).toBe(true);
    expect(['0', '00', '0AF0', 'AF0'].map(normalizeSerial)).toEqual(['0', '0', 'af0', 'af0']);
  });
});

describe('is signed', () => {
  const list = read({});

  it('by nobody else of that name', () => {
    expect(list.isSignedBy(readCertificate(makeAuthority().der))).toBe(false);
  });

  it('by nobody with a key of another kind than it says', () => {
    const mislabelled = read({ inner: sequence(oid('1.2.840.113549.1.1.11'), der(0x05)) });
    expect(mislabelled.isSignedBy(labCertificate)).toBe(false);
  });

  it('by no authority of another name, whatever its key', () => {
    const usage = USAGE.keyCertSign;
    const name = labName('Other');
    const other = makeCertificate({ name, keys: lab.keys, isAuthority: true, usage });
    expect(list.isSignedBy(readCertificate(other.der))).toBe(false);
  });

  it('by no user, whatever the name and key', () => {
    const user = makeCertificate({ name: lab.name, keys: lab.keys });
    expect(list.isSignedBy(readCertificate(user.der))).toBe(false);
  });

  it('by nobody once a byte of it has changed', () => {
    const bytes = listOf({ rest: [sequence(entry(serial(0x40, 0xaa)))] });
    bytes[bytes.indexOf(Buffer.from([0x40, 0xaa])) + 1] = 0xab;
    const changed = readRevocationList(bytes);
    expect([...changed.revokedSerials]).toEqual(['40ab']);
    expect(changed.isSignedBy(labCertificate)).toBe(false);
  });
});

const critical = (id: string): Buffer => extension(id, CRITICAL, octets());
const REFUSED: [name: string, complaint: string, parts: Parts][] = [
  ['version 1 with extensions', 'unknown part', { version: [], rest: [extensions(CRL_NUMBER)] }],
  ['version 3', 'of version 1 or 2 is expected', { version: [serial(2)] }],
  ['no date of the next', 'no times', { times: [utc('260504030201Z')] }],
  ['another signed algorithm', 'two signature algorithms', { outer: ECDSA_SHA1 }],
  ['SHA-1', 'algorithm 1.2.840.10045.4.1 is not supported', { inner: ECDSA_SHA1 }],
  ['an empty list of entries', 'unknown part', { rest: [sequence()] }],
  ['two lists of entries', 'unknown part', { rest: [1, 2].map((n) => sequence(entry(serial(n)))) }],
  ['another tag', 'unknown part', { rest: [der(0xa1, sequence(CRL_NUMBER))] }],
];

const BAD_EXTENSIONS: [name: string, complaint: string, extensions: Buffer[]][] = [
  ['that is unknown and critical', 'extension 1.2.3.4', [critical('1.2.3.4')]],
  ['of a delta', 'extension 2.5.29.27', [critical('2.5.29.27')]],
  ['of a delta, not critical', 'extension 2.5.29.27', [extension('2.5.29.27', octets())]],
  ['of a distribution point', 'extension 2.5.29.28', [critical('2.5.29.28')]],
  ['twice', 'extension 2.5.29.20 is there twice', [CRL_NUMBER, CRL_NUMBER]],
  ['without a value', 'is malformed', [extension('2.5.29.20')]],
];

/** Times that are none, or not as RFC 5280 wants them. */
const NO_TIMES = [
  ...['2605040302Z', '260504030201+0100', '260631030201Z', '260504250201Z', ''].map(utc),
  der(0x18, Buffer.from('20510203040506.5Z')),
];

const MALFORMED = 'entry of the revocation list';
const BAD_ENTRIES: [name: string, complaint: string, entry: Buffer][] = [
  ['taken back', 'reason that is not supported', entry(serial(1), reason(8))],
  ['of an unknown reason', 'reason that is not supported', entry(serial(1), reason(7))],
  ['of a reason in two bytes', 'reason that is not supported', entry(serial(1), reason(0, 8))],
  ['of another authority', '2.5.29.29', entry(serial(1), sequence(critical('2.5.29.29')))],
  ['of a critical unknown', '1.2.3.4', entry(serial(1), sequence(critical('1.2.3.4')))],
  ['with a negative number', 'negative', entry(serial(0xff))],
  ['without a date', MALFORMED, sequence(serial(1))],
  ['without a number', MALFORMED, sequence(utc('260101000000Z'))],
  ['with more', MALFORMED, entry(serial(1), reason(1), reason(1))],
];

describe('refuses', () => {
  it.each(REFUSED)('%s', (_, complaint, parts) => {
    expect(() => read(parts)).toThrow(complaint);
  });

  it.each(BAD_EXTENSIONS)('an extension %s', (_, complaint, bad) => {
    expect(() => read({ rest: [extensions(...bad)] })).toThrow(complaint);
  });

  it.each(NO_TIMES)('the time %#', (bad) => {
    expect(() => read({ times: [utc('260504030201Z'), bad] })).toThrow('a time in the');
    expect(() => readEntries(sequence(serial(1), bad))).toThrow('a time in the');
  });

  it.each(BAD_ENTRIES)('an entry %s', (_, complaint, bad) => {
    expect(() => readEntries(entry(serial(1)), bad)).toThrow(complaint);
  });

  const list = listOf({});
  const body = list.subarray(list[1] === 0x81 ? 3 : 4);
  const longLength = Buffer.from([0x30, 0x83, 0, body.length >> 8, body.length & 0xff]);
  it.each([
    ['nothing', 'Too few bytes', Buffer.alloc(0)],
    ['half a list', 'Too few bytes', list.subarray(0, 100)],
    ['more than a list', 'bytes remain', Buffer.concat([list, Buffer.from([5, 0])])],
    ['a longer form of a length', 'is not DER', Buffer.concat([longLength, body])],
    ['a certificate', 'unknown part', lab.der],
    ['a certificate in PEM', 'one X509 CRL is expected', Buffer.from(lab.pem)],
  ])('%s', (_, complaint, bytes) => {
    expect(() => readRevocationList(bytes)).toThrow(complaint);
  });
});
