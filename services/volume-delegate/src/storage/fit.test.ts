import { expect, test } from 'vitest';
import { findMisfit, fitsSomewhere } from './fit.js';

const room = new Map(Object.entries({ 0: 10, 1: 100, 2: 100, 3: 50 }));

test('a file fits when every one of its targets can hold its share', () => {
  expect(findMisfit(200, ['1', '2'], room)).toBeUndefined();
  expect(findMisfit(20, ['0', '1'], room)).toBeUndefined();
});

test('one full target is enough to refuse, however much the others have', () => {
  expect(findMisfit(21, ['0', '1'], room)).toBe(
    '21 bytes are wanted and 20 bytes can be promised; OST 0 has room for 10 of its 11 bytes',
  );
});

test('targets are a choice when as many as the file has stripes have room for one', () => {
  const each = [...room.values()];
  expect(fitsSomewhere(200, 2, each)).toBe(true);
  expect(fitsSomewhere(201, 2, each)).toBe(false);
  expect(fitsSomewhere(40, 4, each)).toBe(true);
  expect(fitsSomewhere(44, 4, each)).toBe(false);
  expect(fitsSomewhere(5, 5, each)).toBe(false);
  expect(fitsSomewhere(1, 1, [])).toBe(false);
});

test('a target that holds two stripes needs both shares', () => {
  expect(findMisfit(100, ['3', '3'], room)).toBe(
    '100 bytes are wanted and 50 bytes can be promised; OST 3 has room for 50 of its 100 bytes',
  );
});

test('nothing fits on a target that does not answer, not even an empty file', () => {
  const message = 'bytes are wanted and 0 bytes can be promised; OST 7 does not answer';
  expect(findMisfit(2, ['7', '1'], room)).toBe(`2 ${message}`);
  expect(findMisfit(0, ['7', '1'], room)).toBe(`0 ${message}`);
});

test('a file system that is one target is not called an OST', () => {
  expect(findMisfit(1073741824, [''], new Map([['', 93000000]]))).toBe(
    '1073741824 bytes are wanted and 93000000 bytes can be promised',
  );
});
