import { describe, expect, it } from 'vitest';
import { hours, makeAuthority, makeCertificate, rsaKeys, USAGE } from '../testing/certificates.js';
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
    ['anything, if nothing is said', undefined, true, true],
    ['signatures', USAGE.digitalSignature, true, false],
    ['encipherment', USAGE.keyEncipherment, false, false],
    ['certificates', USAGE.keyCertSign, false, true],
    ['nothing', 0, false, false],
  ])('%s', (_, usage, maySign, maySignCertificates) => {
    const { der } = makeCertificate({ name, keys, ...(usage !== undefined && { usage }) });
    expect(readCertificate(der)).toMatchObject({ maySign, maySignCertificates });
  });
});

it('knows an authority from a user', () => {
  expect(readCertificate(makeAuthority().der).isAuthority).toBe(true);
  expect(readCertificate(makeCertificate({ name, keys }).der).isAuthority).toBe(false);
});

it('refuses what is no certificate', () => {
  expect(() => readCertificate(Buffer.from('no'))).toThrow();
});
