import forge from 'node-forge';
import { describe, expect, it } from 'vitest';
import {
  ATTRIBUTE,
  type Attribute,
  der,
  nameOf,
  oid,
  STRING,
  sequence,
  set,
} from '../testing/der.js';
import { partsOfName } from './distinguishedName.js';

const { C, O, OU, CN, DC, email } = ATTRIBUTE;

const format = (name: Buffer) => partsOfName(forge.asn1.fromDer(name.toString('latin1'))).join(',');
const cn = (value: string | Buffer, tag: number = STRING.utf8) =>
  format(nameOf([[CN, value, tag]]));
/** UTF-16, most significant byte first. */
const utf16 = (text: string) => Buffer.from(text, 'utf16le').swap16();

it.each<[string, Attribute[][], string]>([
  ['the most specific part first', [[[C, 'DE']], [[O, 'Lab']], [[CN, 'a']]], 'CN=a,O=Lab,C=DE'],
  ['domain components', [[[DC, 'org', STRING.ia5]], [[DC, 'lab', STRING.ia5]]], 'DC=lab,DC=org'],
  [
    'a part with two attributes',
    [
      [[O, 'Lab']],
      [
        [CN, 'a'],
        [OU, 'x'],
      ],
    ],
    'CN=a+OU=x,O=Lab',
  ],
  [
    'an unknown type by its number',
    [[[email, 'a@b', STRING.ia5]]],
    '1.2.840.113549.1.9.1=#1603614062',
  ],
  ['no part at all', [], ''],
])('writes %s', (_, parts, expected) => {
  expect(format(nameOf(...parts))).toBe(expected);
});

it.each([
  ['a,b', 'CN=a\\,b'],
  ['a+b', 'CN=a\\+b'],
  ['"a"', 'CN=\\"a\\"'],
  ['a\\b', 'CN=a\\\\b'],
  ['<a>;', 'CN=\\<a\\>\\;'],
  ['#a#', 'CN=\\#a#'],
  [' a ', 'CN=\\ a\\ '],
  [' ', 'CN=\\ '],
  ['a\\ ', 'CN=a\\\\\\ '],
  ['a=b', 'CN=a=b'],
  ['a\0b', 'CN=a\\00b'],
  ['a\nO=Lab', 'CN=a\\0AO=Lab'],
  ['é😀', 'CN=é😀'],
  ['', 'CN='],
])('escapes as RFC 4514 says: %j', (value, expected) => {
  expect(cn(value)).toBe(expected);
});

describe('one text is one name, whatever its string type:', () => {
  it.each([
    ['UTF8String', Buffer.from('Zoé'), STRING.utf8],
    ['TeletexString', Buffer.from('Zoé', 'latin1'), STRING.teletex],
    ['BMPString', utf16('Zoé'), STRING.bmp],
  ])('%s', (_, value, tag) => {
    expect(cn(value, tag)).toBe('CN=Zoé');
  });
});

describe('two texts are two names:', () => {
  it('with a byte order mark and without', () => {
    expect(cn('\uFEFFalice')).not.toBe(cn('alice'));
    expect(cn(utf16('\uFEFFalice'), STRING.bmp)).not.toBe(cn('alice'));
  });

  it('a text, and a value that is no text', () => {
    const OCTET_STRING = 0x04;
    expect(cn('alice', OCTET_STRING)).toBe('2.5.4.3=#0405616c696365');
  });

  it('two parts, and one part that looks like them', () => {
    expect(cn('a,O=Lab')).not.toBe(format(nameOf([[O, 'Lab']], [[CN, 'a']])));
  });
});

it.each([
  ['bytes that are no UTF-8', () => cn(Buffer.from([0xff]))],
  ['half a surrogate pair', () => cn(Buffer.from([0xd8, 0x00]), STRING.bmp)],
  ['half a character', () => cn(Buffer.from([0x00, 0x61, 0x00]), STRING.bmp)],
  ['an attribute without a value', () => format(sequence(set(sequence(oid(CN)))))],
  ['a name that is a text', () => format(der(STRING.utf8, Buffer.from('CN=alice')))],
])('refuses %s', (_, read) => {
  expect(read).toThrow();
});
