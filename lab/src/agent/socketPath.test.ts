import { expect, it } from 'vitest';
import { checkSocketPath } from './socketPath.js';

it('accepts the longest path that Linux does', () => {
  const path = `/${'x'.repeat(106)}`;
  expect(checkSocketPath(path)).toBe(path);
});

it('counts bytes, not characters', () => {
  expect(() => checkSocketPath(`/${'é'.repeat(60)}`)).toThrow('107 bytes, not 121');
});
