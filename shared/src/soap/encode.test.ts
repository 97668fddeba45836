import { expect, it } from 'vitest';
import { canonicalize } from '../wssecurity/canonical.js';
import { parseXml } from '../xml/parse.js';
import { decodeMessage } from './decode.js';
import { encodeMessage, escapeText } from './encode.js';
import type { Field, Message, ValueType } from './schema.js';

const field = (name: string, type: ValueType, optional = true, repeated = false): Field => ({
  name,
  type,
  optional,
  repeated,
});
const text = { kind: 'string' } as const;
const MESSAGE: Message = {
  element: 'Done',
  typeName: undefined,
  fields: [
    field('id', text, false),
    field('size', { kind: 'long' }),
    field('flag', { kind: 'boolean' }),
    field('time', { kind: 'dateTime' }),
    field('set', { kind: 'complex', name: 'Set', fields: [field('item', text, true, true)] }),
  ],
};
const encode = (value: object) => encodeMessage('urn:test', MESSAGE, value);

it('writes what there is in the order of the schema', () => {
  const value = {
    set: { item: ['a', 'b'] },
    time: new Date('2026-11-24T12:00:00.5Z'),
    flag: false,
    size: 0,
    id: 'x',
  };
  expect(encode(value)).toBe(
    '<Done xmlns="urn:test"><id>x</id><size>0</size><flag>false</flag>' +
      '<time>2026-11-24T12:00:00.500Z</time><set><item>a</item><item>b</item></set></Done>',
  );
  expect(decodeMessage('urn:test', MESSAGE, parseXml(encode(value)))).toEqual(value);
});

it('leaves out what the schema does not have', () => {
  expect(encode({ id: 'x', secret: 'y', size: undefined })).toBe(
    '<Done xmlns="urn:test"><id>x</id></Done>',
  );
});

it('does not write a message without what it must have', () => {
  expect(() => encode({ size: 1 })).toThrow('id has no value');
});

it.each([
  ['<&>"\'', '&lt;&amp;&gt;"\''],
  ['a\rb\n\tc', 'a&#xD;b\n\tc'],
  [']]>', ']]&gt;'],
  ['a\u0000b\u001Fc\uFFFE', 'a\uFFFDb\uFFFDc\uFFFD'],
  ['half \uD83D', 'half \uFFFD'],
  ['😀é', '😀é'],
])('escapes %j', (value, expected) => {
  expect(escapeText(value)).toBe(expected);
});

it.each(['<&>"\'', 'a\r\n\tb', '\u0000', '😀', ''])('writes %j in canonical form', (id) => {
  const encoded = encode({ id });
  expect(canonicalize(parseXml(encoded), [])).toBe(encoded);
});
