import { expect, test } from 'vitest';
import { identityOf, makeCertificate } from '../testing/certificates.js';
import { ATTRIBUTE, nameOf } from '../testing/der.js';
import { commonNameOf } from './commonName.js';

const certificateOf = (...names: [string, string][]) =>
  identityOf(makeCertificate({ name: nameOf(...names.map((each) => [each])) })).certificate;

test.each(['vmm1', 'host-1.example.org', '10.0.0.1', 'fe80::1'])('“%s” is a name', (name) => {
  expect(commonNameOf(certificateOf([ATTRIBUTE.O, 'Lab'], [ATTRIBUTE.CN, name]))).toBe(name);
});

test.each<[string, [string, string][]]>([
  ['none', [[ATTRIBUTE.O, 'Lab']]],
  [
    'two',
    [
      [ATTRIBUTE.CN, 'a'],
      [ATTRIBUTE.CN, 'b'],
    ],
  ],
  ['a path', [[ATTRIBUTE.CN, '../a']]],
  ['a list', [[ATTRIBUTE.CN, 'a,CN=b']]],
])('%s is refused', (_case, names) => {
  expect(() => commonNameOf(certificateOf(...names))).toThrow('needs one common name');
});
