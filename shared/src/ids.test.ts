import { expect, it } from 'vitest';
import { isId, newId } from './ids.js';

it('makes ids that are ids, each another', () => {
  const ids = Array.from({ length: 100 }, () => newId('vol'));
  expect(ids.every((id) => isId('vol', id))).toBe(true);
  expect(new Set(ids).size).toBe(100);
});

it.each([
  'snap-0123456789abcdef0',
  'vol-0123456789ABCDEF0',
  'vol-0123456789abcdef',
  'vol-0123456789abcdef01',
  'vol-0123456789abcdef0\n',
  'vol-../../etc/passwd0',
  'avol-0123456789abcdef0',
  '',
])('does not take %j for a volume', (text) => {
  expect(isId('vol', 'vol-0123456789abcdef0')).toBe(true);
  expect(isId('vol', text)).toBe(false);
});
