import { describe, expect, it } from 'vitest';
import {
  extension,
  hours,
  makeAuthority,
  makeCertificate,
  rsaKeys,
  USAGE,
} from '../testing/certificates.js';
import { labName } from '../testing/der.js';
import { readCertificate } from './certificate.js';

const name = labName('alice');
const keys = rsaKeys();

it('reads DER and PEM alike', () => {
  const { der, pem } = makeCertificate({ name, keys });
  const [fromDer, fromPem] = [der, Buffer.from(pem)].map(readCertificate);
  expect(fromPem?.fingerprint).toBe(fromDer?.fingerprint);
  expect(fromDer?.subject).toBe('CN=alice,O=Lab');
  expect(fromDer?.subjectParts).toEqual(['CN=alice', 'O=Lab']);
});

it('reads the validity', () => {
  const [notBefore, notAfter] = [hours(-2), hours(3)];
  for (const each of [notBefore, notAfter]) each.setMilliseconds(0);
  const { der } = makeCertificate({ name, keys, notBefore, notAfter });
  expect(readCertificate(der)).toMatchObject({ notBefore, notAfter });
});

describe('reads what the key may be used for:', () => {
  it.each([
    ['anything but certificates, if nothing is said', undefined, true, false],
    ['signatures', USAGE.digitalSignature, true, false],
    ['encipherment', USAGE.keyEncipherment, false, false],
    ['certificates', USAGE.keyCertSign, false, true],
    ['nothing', 0, false, false],
  ])('%s', (_, usage, maySign, isAuthority) => {
    const made = makeCertificate({
      name,
      keys,
      isAuthority: true,
      ...(usage !== undefined && { usage }),
    });
    expect(readCertificate(made.der)).toMatchObject({ isCa: true, maySign, isAuthority });
  });
});

it('knows an authority from a user', () => {
  expect(readCertificate(makeAuthority().der).isAuthority).toBe(true);
  const user = makeCertificate({ name, keys, usage: USAGE.keyCertSign });
  expect(readCertificate(user.der)).toMatchObject({ isCa: false, isAuthority: false });
});

it('reads who has issued it, under which number and how many may be below it', () => {
  const issuer = makeAuthority();
  const made = makeCertificate({ name, keys, issuer, serial: [0x00, 0xab], pathLength: 3 });
  const { key, ...rest } = readCertificate(made.der);
  expect(rest).toMatchObject({ issuer: 'CN=CA,O=Lab', serial: 'ab', pathLength: 3 });
  expect(key).toBe(readCertificate(makeCertificate({ name: labName('x'), keys }).der).key);
  expect(readCertificate(issuer.der).pathLength).toBe(Number.POSITIVE_INFINITY);
});

it('finds what may restrict it and is not understood', () => {
  const extensions = [
    extension('1.2.3.4', true),
    extension('1.2.3.5', false),
    extension('2.5.29.30', false),
  ];
  const { unsupported } = readCertificate(makeCertificate({ name, keys, extensions }).der);
  expect(unsupported).toEqual(['1.2.3.4', '2.5.29.30']);
});

it('refuses an extension that is there twice', () => {
  const twice = [extension('1.2.3.4', false), extension('1.2.3.4', false)];
  const { der } = makeCertificate({ name, keys, extensions: twice });
  expect(() => readCertificate(der)).toThrow();
});

it('refuses what is no certificate', () => {
  expect(() => readCertificate(Buffer.from('no'))).toThrow();
});
