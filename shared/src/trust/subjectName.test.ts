import { expect, it } from 'vitest';
import { subjectNameOf } from './subjectName.js';

it.each([
  'CN=bob',
  'CN=bob,OU=users,O=VBS-Lustre',
  'CN=Bob\\, the second\\+1,O=a=b',
  'CN=\\ blanks \\ ,O=\\#1',
  'CN=Zoë 名前 🙂,C=DE',
  'CN=line\\0Abreak',
  'CN=bob+UID=7,O=Lab',
  '1.2.840.113549.1.9.1=#1603406578,CN=bob',
  'CN=',
])('leaves %s as it is', (name) => {
  expect(subjectNameOf(name)).toBe(name);
});

it.each([
  ['cn = bob, ou=users,O = VBS-Lustre ', 'CN=bob,OU=users,O=VBS-Lustre'],
  ['2.5.4.3=bob', 'CN=bob'],
  ['CN=Zo\\c3\\AB', 'CN=Zoë'],
  ['CN=\\62ob\\2C x', 'CN=bob\\, x'],
  ['CN=a\\=b', 'CN=a=b'],
  ['CN=a \\ ', 'CN=a \\ '],
  ['CN=a#b\\#', 'CN=a#b#'],
  ['2.5.4.5=#130331AB', '2.5.4.5=#130331ab'],
])('writes %s as %s', (written, name) => {
  expect(subjectNameOf(written)).toBe(name);
  expect(subjectNameOf(name)).toBe(name);
});

it('keeps names apart that differ', () => {
  const names = [
    'CN=bob',
    'CN=Bob',
    'CN=bob\\ ',
    'CN=bob,CN=bob',
    'CN=bob+CN=bob',
    'CN=bob\\,CN\\=bob',
  ];
  expect(new Set(names.map(subjectNameOf)).size).toBe(names.length);
});

it.each([
  ...['', ' ', 'bob', 'all', 'CN', '=bob', 'CN=bob,', ',CN=bob', 'CN=bob,,O=x', 'CN=a+'],
  ...['XX=bob', 'CN=#1603406578', '1.2.3=bob', '1.2.3=#', '1.2.3=#123', '1.2.3=\\#12'],
  ...['CN=a;b', 'CN="a,b"', 'CN=a<b>', 'CN=a\\', 'CN=\\x', 'CN=\\c3', '\\43N=bob'],
  ...[`CN=${'a'.repeat(1022)}`, `CN=${'\\61'.repeat(200_000)}`],
])('knows that %s is none', (text) => {
  expect(subjectNameOf(text)).toBeUndefined();
});
