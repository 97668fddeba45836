import { expect, test } from 'vitest';
import { Looks } from './looks.js';

let now = 0;
const looks = () => new Looks(() => now);

test('a thing is confirmed by two looks 30 s apart', () => {
  const here = looks();
  expect(here.confirmed('host1', ['a'])).toEqual(new Set());
  now += 29_999;
  expect(here.confirmed('host1', ['a', 'b'])).toEqual(new Set());
  now += 1;
  expect(here.confirmed('host1', ['a', 'b'])).toEqual(new Set(['a']));
});

test('a look in between that does not find it begins anew', () => {
  const here = looks();
  here.confirmed('host1', ['a']);
  now += 20_000;
  here.confirmed('host1', []);
  now += 20_000;
  expect(here.confirmed('host1', ['a'])).toEqual(new Set());
});

test('places are looked at by themselves', () => {
  const here = looks();
  here.confirmed('host1', ['a']);
  now += 30_000;
  expect(here.confirmed('host2', ['a'])).toEqual(new Set());
  expect(here.confirmed('host1', ['a'])).toEqual(new Set(['a']));
});

test('what was acted upon has to be found twice again', () => {
  const here = looks();
  here.confirmed('host1', ['a']);
  now += 30_000;
  here.forget('host1', 'a');
  expect(here.confirmed('host1', ['a'])).toEqual(new Set());
  now += 30_000;
  expect(here.confirmed('host1', ['a'])).toEqual(new Set(['a']));
});
