import { describe, expect, it } from 'vitest';
import { timestampOf } from '../testing/message.js';
import { parseXml } from '../xml/parse.js';
import { SecurityFailure } from './failure.js';
import { checkTimestamp } from './timestamp.js';

const NOW = new Date('2026-11-24T12:00:00Z');
const at = (offsetS: number) => new Date(NOW.getTime() + offsetS * 1000).toISOString();
const check = (created: string, expires: string) =>
  checkTimestamp(parseXml(timestampOf(created, expires)), NOW);

describe('takes', () => {
  it.each([
    ['milliseconds', at(0), at(300)],
    ['whole seconds', '2026-11-24T12:00:00Z', '2026-11-24T12:05:00Z'],
    ['nanoseconds', '2026-11-24T12:00:00.123456789Z', '2026-11-24T12:05:00Z'],
    ['an offset', '2026-11-24T12:00:00+00:00', '2026-11-24T13:05:00+01:00'],
    ['ten minutes', at(0), at(600)],
    ['white space around', ` ${at(0)}\n`, at(300)],
    ['a clock 60 s ahead', at(60), at(300)],
    ['what is 360 s old', at(-360), at(-60)],
  ])('%s', (_, created, expires) => {
    expect(check(created, expires).created).toEqual(new Date(created.trim()));
  });
});

describe('refuses', () => {
  it.each([
    ['what is older than 360 s', at(-361), at(-61)],
    ['what is old, though not expired', at(-361), at(200)],
    ['what is expired', at(-100), at(-61)],
    ['a clock 61 s ahead', at(61), at(300)],
    ['more than ten minutes', at(0), at(601)],
    ['an end before the beginning', at(0), at(-1)],
  ])('%s', (_, created, expires) => {
    expect(() => check(created, expires)).toThrow(
      expect.objectContaining({ code: 'wsu:MessageExpired' }),
    );
  });

  it.each([
    ['no time zone', '2026-11-24T12:00:00', at(300)],
    ['a month 13', '2026-13-24T12:00:00Z', at(300)],
    ['a date alone', '2026-11-24', at(300)],
    ['an English date', '24 Nov 2026 12:00:00 GMT', at(300)],
    ['nothing', '', at(300)],
    ['elements in the text', `${at(0)}</wsu:Created><wsu:Created>${at(0)}`, at(300)],
  ])('%s', (_, created, expires) => {
    expect(() => check(created, expires)).toThrow(
      expect.objectContaining({ code: 'wsse:InvalidSecurity' }),
    );
  });

  it('a Timestamp without Expires', () => {
    const text = timestampOf(at(0), at(300)).replace(/<wsu:Expires>.*<\/wsu:Expires>/, '');
    expect(() => checkTimestamp(parseXml(text), NOW)).toThrow(SecurityFailure);
  });
});

it.each([
  ['Expires, with the skew', at(0), at(100), at(160)],
  ['five minutes, with the skew', at(0), at(600), at(360)],
])('says until when a replay must be remembered: %s', (_, created, expires, end) => {
  expect(check(created, expires).refusedAfter).toEqual(new Date(end));
});
