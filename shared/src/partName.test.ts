import { expect, test } from 'vitest';
import { parsePartName, partName } from './partName.js';

const part = { id: 'vol-0123456789abcdef0', bytes: 1073741824, orderId: 'ord-0123456789abcdef0' };
const name = '.vol-0123456789abcdef0.1073741824.ord-0123456789abcdef0.part';

test('a part has a name that says what it is', () => {
  expect(partName(part)).toBe(name);
  expect(parsePartName(name)).toEqual(part);
  const snapshot = { ...part, id: 'snap-0123456789abcdef0', bytes: 0 };
  expect(parsePartName(partName(snapshot))).toEqual(snapshot);
});

test('under another name others help with it', () => {
  const helped = { ...part, attempt: '0123456789abcdef' };
  expect(partName(helped)).toBe(name.replace(/part$/, '0123456789abcdef.part'));
  expect(parsePartName(partName(helped))).toEqual(helped);
  expect(() => partName({ ...part, attempt: '../x' })).toThrow(RangeError);
});

test.each([
  ['a complete volume', 'vol-0123456789abcdef0'],
  ['no hidden file', name.slice(1)],
  ['an id too short', name.replace('abcdef0.1', 'abcdef.1')],
  ['another kind of id', name.replace('vol-', 'req-')],
  ['a size that is no number', name.replace('1073741824', '1e9')],
  ['a size with a zero before it', name.replace('1073741824', '01')],
  ['a size that no number can hold exactly', name.replace('1073741824', '9007199254740993')],
  ['a path', `x/${name}`],
  ['more behind it', `${name}~`],
])('%s is not the name of a part', (_what, text) => {
  expect(parsePartName(text)).toBeUndefined();
});

test.each([
  { ...part, id: '../vol-0123456789abcdef0' },
  { ...part, bytes: 1.5 },
  { ...part, bytes: -1 },
  { ...part, orderId: '' },
])('no name is made of %o', (wrong) => {
  expect(() => partName(wrong)).toThrow(RangeError);
});
