import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { openSite, type Site } from '../testing/site.js';
import { ACTIONS, purgeEvents, recordEvent } from './events.js';

let site: Site;

beforeEach(async () => {
  site = await openSite();
});
afterEach(() => site.close());

const event = { instance: 'one', subjectId: 'vol-1', action: 'file-lost', reason: 'why' } as const;

test('an event says when, who, what, why and more', async () => {
  const before = new Date().toISOString();
  await recordEvent(site.database, { ...event, details: { sizeBytes: 1 } });
  const { time, id, details, ...rest } = await site.database('events').first();
  expect(rest).toEqual({
    ...{ instance: 'one', subject_id: 'vol-1', action: 'file-lost', reason: 'why' },
  });
  expect(JSON.parse(details)).toEqual({ sizeBytes: 1 });
  expect(time >= before && time <= new Date().toISOString()).toBe(true);
  expect(id).toBe(1);
});

test('events of more than 90 days are forgotten', async () => {
  const daysAgo = (days: number) => new Date(Date.now() - days * 86_400_000).toISOString();
  for (const days of [91, 89]) {
    await recordEvent(site.database, { ...event, subjectId: `${days} days` });
    const own = site.database('events').where({ subject_id: `${days} days` });
    await own.update({ time: daysAgo(days) });
  }
  await purgeEvents(site.database);
  expect(await site.database('events').select('subject_id')).toEqual([{ subject_id: '89 days' }]);
});

test('docs/states.md explains every action', async () => {
  const page = join(import.meta.dirname, '../../../../docs/states.md');
  const [, section = ''] = (await readFile(page, 'utf8')).split('### Events');
  const explained = [...section.matchAll(/^\| `([a-z-]+)` /gm)].map(([, action]) => action);
  expect(explained).toEqual([...ACTIONS]);
});
