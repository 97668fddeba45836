import { expect, test } from 'vitest';
import { delegateName, isPattern, matchesAny } from './subjects.js';

const ANY = ['CN=*,OU=vmm-delegates,O=Lab'];

test.each([
  ['CN=xen1,OU=vmm-delegates,O=Lab', 'xen1'],
  ['CN=xen1.example.org,OU=vmm-delegates,O=Lab', 'xen1.example.org'],
  ['CN=10.0.0.5:1,OU=vmm-delegates,O=Lab', '10.0.0.5:1'],
])('%s is admitted, as %s', (subject, name) => {
  expect(matchesAny(ANY, subject)).toBe(true);
  expect(delegateName(subject)).toBe(name);
});

test.each([
  'CN=alice,OU=users,O=Lab',
  'CN=xen1,OU=volume-delegates,O=Lab',
  'CN=xen1,OU=vmm-delegates,O=Lab,C=CH',
  'CN=xen1,CN=xen2,OU=vmm-delegates,O=Lab',
  'CN=a,OU=users,OU=vmm-delegates,O=Lab',
  String.raw`CN=a\,b,OU=vmm-delegates,O=Lab`,
  'CN=a+OU=b,OU=vmm-delegates,O=Lab',
  'OU=vmm-delegates,O=Lab',
  'CN=,OU=vmm-delegates,O=Lab',
  'CN=*,OU=vmm-delegates,O=Lab',
  'CN=-x,OU=vmm-delegates,O=Lab',
  'CN=../x,OU=vmm-delegates,O=Lab',
  'CN=$&,OU=vmm-delegates,O=Lab',
  'cn=xen1,OU=vmm-delegates,O=Lab',
])('%s is not admitted', (subject) => {
  expect(matchesAny(ANY, subject)).toBe(false);
});

test('a whole name means that one alone', () => {
  const one = ['CN=xen1,OU=services,O=Lab'];
  expect(matchesAny(one, 'CN=xen1,OU=services,O=Lab')).toBe(true);
  expect(matchesAny(one, 'CN=xen2,OU=services,O=Lab')).toBe(false);
  expect(matchesAny([], 'CN=xen1,OU=services,O=Lab')).toBe(false);
});

test.each(['CN=*,OU=vmm-delegates,O=Lab', 'CN=xen1,O=Lab', 'CN=xen1'])(
  '%s is a setting',
  (text) => {
    expect(isPattern(text)).toBe(true);
  },
);

test.each(['', '*', 'CN=*', 'CN=*,', 'CN=xen*,O=Lab', 'CN=*,OU=*,O=Lab', 'O=Lab', 'CN=a b,O=Lab'])(
  '%j is none',
  (text) => {
    expect(isPattern(text)).toBe(false);
  },
);
