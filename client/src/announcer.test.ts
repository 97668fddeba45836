import { createLog } from '@vbs-lustre/shared/log';
import type { ServiceContext } from '@vbs-lustre/shared/service';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Announcer } from './announcer.js';
import { addressOf } from './frontEnds.js';

const log = createLog({ service: 'test', level: 'info', format: 'json' });
log.silent = true;

let told: string[];
let away: Set<string>;
let logged: string[];

beforeEach(() => {
  told = [];
  away = new Set();
  logged = [];
  for (const level of ['info', 'warn'] as const) {
    vi.spyOn(log, level).mockImplementation(((message: string) => {
      logged.push(message);
      return log;
    }) as never);
  }
});
afterEach(() => {
  vi.restoreAllMocks();
});

function announcerTo(...frontEnds: string[]): Announcer<string> {
  const announce = async (frontEnd: string) => {
    told.push(frontEnd);
    if (away.has(frontEnd)) throw new Error('connection refused');
    return { intervalSeconds: 0.001 };
  };
  return new Announcer(frontEnds, announce, log);
}

test('the front ends are told in turn', async () => {
  const announcer = announcerTo('a', 'b');
  for (let n = 0; n < 3; n++) expect(await announcer.now()).toBe(true);
  expect(told).toEqual(['a', 'b', 'a']);
});

test('if one does not hear it, the next one is told at once', async () => {
  const announcer = announcerTo('a', 'b', 'c');
  away = new Set(['a', 'b']);
  expect(await announcer.now()).toBe(true);
  expect(told).toEqual(['a', 'b', 'c']);
  away.add('c');
  expect(await announcer.now()).toBe(false);
});

test('it is announced at once, and again and again until it is stopped', async () => {
  const announcer = announcerTo('a');
  announcer.start();
  await vi.waitFor(() => expect(told.length).toBeGreaterThan(2), 30_000);
  await announcer.stop();
  const { length } = told;
  await new Promise((resolve) => setTimeout(resolve, 20));
  expect(told).toHaveLength(length);
});

test('changes are logged, and not each try', async () => {
  const announcer = announcerTo('a');
  away.add('a');
  for (let n = 0; n < 3; n++) await announcer.now();
  expect(logged).toEqual(['no front end hears this delegate']);
  away.clear();
  for (let n = 0; n < 3; n++) await announcer.now();
  expect(logged.slice(1)).toEqual(['announced']);
  away.add('a');
  await announcer.now();
  away.clear();
  await announcer.now();
  expect(logged.slice(2)).toEqual(['no front end hears this delegate', 'announced again']);
});

test('whoever waits for the first answer gets it', async () => {
  const announcer = announcerTo('a');
  let isHeard = false;
  void announcer.heard.then(() => {
    isHeard = true;
  });
  away.add('a');
  await announcer.now();
  expect(isHeard).toBe(false);
  away.clear();
  await announcer.now();
  expect(isHeard).toBe(true);
});

test('two at once are told one after the other', async () => {
  let atOnce = 0;
  const announcer = new Announcer(
    ['a'],
    async () => {
      expect(++atOnce).toBe(1);
      await new Promise(setImmediate);
      atOnce--;
      return { intervalSeconds: 2 };
    },
    log,
  );
  expect(await Promise.all([announcer.now(), announcer.now()])).toEqual([true, true]);
});

test.each(['https://0.0.0.0:8444', 'https://[::]:8444'])('%s is nobody’s address', (publicUrl) => {
  const context = { publicUrl } as ServiceContext;
  expect(() => addressOf(context, '/x')).toThrow('The setting publicUrl is missing');
});

test('the address of a delegate', () => {
  const context = { publicUrl: 'https://lustre1:8444' } as ServiceContext;
  expect(addressOf(context, '/volume-delegate')).toBe('https://lustre1:8444/volume-delegate');
});
