import { expect, test } from 'vitest';
import { isAdministrator, isSubjectName } from './administrators.js';

const ADMIN = 'CN=admin,OU=users,O=VBS-Lustre';

test.each([
  ADMIN,
  'CN=Jane Doe,O=Lab\\, Inc.',
  'CN=José+UID=7,DC=example,DC=org',
  '1.2.840.113549.1.9.1=#0c0161,O=Lab',
])('%s can be an administrator', (name) => {
  expect(isSubjectName(name)).toBe(true);
});

test.each([
  ['a pattern', 'CN=*,OU=users,O=VBS-Lustre'],
  ['what openssl prints', 'CN = admin, OU = users'],
  ['what openssl takes', '/O=VBS-Lustre/CN=admin'],
  ['blanks after the commas', 'CN=admin, OU=users'],
  ['a name alone', 'admin'],
  ['an end that is missing', 'CN=admin,'],
  ['nothing', ''],
])('%s cannot be', (_, name) => {
  expect(isSubjectName(name)).toBe(false);
});

test.each([
  'CN=Admin,OU=users,O=VBS-Lustre',
  'CN=admin,OU=users,O=VBS-Lustre ',
  'CN=admin,OU=users',
  'O=VBS-Lustre,OU=users,CN=admin',
])('%s is not the administrator, who has another name', (other) => {
  expect(isAdministrator({ administrators: [ADMIN] }, other)).toBe(false);
});

test('who has the very name is one, and nobody is where none is named', () => {
  expect(isAdministrator({ administrators: ['CN=eve', ADMIN] }, ADMIN)).toBe(true);
  expect(isAdministrator({ administrators: [] }, ADMIN)).toBe(false);
});
