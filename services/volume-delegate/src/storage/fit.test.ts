import { expect, test } from 'vitest';
import { findMisfit } from './fit.js';

const room = new Map(Object.entries({ 0: 10, 1: 100, 2: 100, 3: 50 }));

test('a file fits when every one of its targets can hold its share', () => {
  expect(findMisfit(200, ['1', '2'], room)).toBeUndefined();
  expect(findMisfit(20, ['0', '1'], room)).toBeUndefined();
});

test('one full target is enough to refuse, however much the others have', () => {
  expect(findMisfit(21, ['0', '1'], room)).toEqual({
    message:
      '21 bytes are wanted and 20 bytes can be promised; OST 0 has room for 10 of its 11 bytes',
    fitsElsewhere: true,
  });
});

test('other targets are no help when the best of them are too full', () => {
  expect(findMisfit(201, ['1', '2'], room)?.fitsElsewhere).toBe(false);
  expect(findMisfit(44, ['0', '1', '2', '3'], room)?.fitsElsewhere).toBe(false);
  expect(findMisfit(5, ['0', '1', '2', '3', '4'], room)?.fitsElsewhere).toBe(false);
});

test('a target that holds two stripes needs both shares', () => {
  expect(findMisfit(100, ['3', '3'], room)?.message).toBe(
    '100 bytes are wanted and 50 bytes can be promised; OST 3 has room for 50 of its 100 bytes',
  );
});

test('nothing fits on a target that does not answer, not even an empty file', () => {
  const message = 'bytes are wanted and 0 bytes can be promised; OST 7 does not answer';
  expect(findMisfit(2, ['7', '1'], room)).toEqual({ message: `2 ${message}`, fitsElsewhere: true });
  expect(findMisfit(0, ['7', '1'], room)?.message).toBe(`0 ${message}`);
});

test('a file system that is one target is not called an OST', () => {
  expect(findMisfit(1073741824, [''], new Map([['', 93000000]]))).toEqual({
    message: '1073741824 bytes are wanted and 93000000 bytes can be promised',
    fitsElsewhere: false,
  });
});
