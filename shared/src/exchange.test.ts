import { expect, test } from 'vitest';
import { exchangeFolderOf, isExchangeFileName } from './exchange.js';

test('every user has a folder of another name', () => {
  const users = [
    'CN=alice',
    'CN=Alice',
    'CN=alice,OU=users,O=VBS-Lustre',
    'CN=alice,OU=users,O=Other',
    'CN=../alice',
    'CN=..',
    'O=CN\\=alice',
    'OU=users',
    `CN=${'a'.repeat(64)}`,
  ];
  const folders = users.map(exchangeFolderOf);
  expect(new Set(folders).size).toBe(users.length);
  for (const folder of folders) expect(folder).toMatch(/^[A-Za-z0-9_-]{1,32}-[0-9a-f]{24}$/);
});

test('the name of a folder says whose it is, and never changes', () => {
  expect(exchangeFolderOf('CN=alice,OU=users,O=VBS-Lustre')).toBe('alice-f0fd641b8e3986f34511514d');
  expect(exchangeFolderOf('CN=Dr. Ann\\, Esq.')).toMatch(/^Dr__Ann___Esq_-/);
});

test.each(['disk.img', 'a', 'Disk_1+2-3.raw', '7.img'])('%s is the name of a file', (name) => {
  expect(isExchangeFileName(name)).toBe(true);
});

test.each([
  ...[
    '',
    '.',
    '..',
    '.hidden',
    '-rf',
    '+x',
    'a/b',
    '../a',
    'a\\b',
    'a b',
    'a\nb',
    'a\0b',
    'ä',
    '~a',
    '*',
    '/etc/passwd',
  ],
  'a'.repeat(129),
])('%j is none', (name) => {
  expect(isExchangeFileName(name)).toBe(false);
});
