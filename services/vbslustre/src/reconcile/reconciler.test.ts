import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { createVolume } from '../operations/createVolume.js';
import { log, NO_ANSWER, openSite, type Site } from '../testing/site.js';
import { forEachGroup } from './groups.js';
import { Reconciler } from './reconciler.js';

/** However busy the machine: what is waited for comes, or the test fails. */
const waitFor = <T>(look: () => T | Promise<T>) => vi.waitFor(look, 30_000);

let site: Site;
let reconciler: Reconciler;

beforeEach(async () => {
  site = await openSite();
  reconciler = new Reconciler();
});
afterEach(async () => {
  await reconciler.stop();
  await site.close();
});

test('files and attachments are looked after, again and again', async () => {
  const volumeId = await site.volume();
  site.host1.lostAnswer = NO_ANSWER;
  await site.attach(volumeId).catch(() => undefined);
  const { volumeId: other } = await site.call(createVolume, { size: 1 });
  await site.age();
  reconciler.start(site.frontEnd, 1, 60_000, log);
  await waitFor(() => expect(site.b.received.length).toBeGreaterThan(2));
  const attachments = () => site.database('attachments').select('status');
  await waitFor(async () => expect(await attachments()).toEqual([{ status: 'attached' }]));
  site.b.jobs.set(site.b.taken[0] as string, { state: 'available' });
  await waitFor(async () => expect(await site.status(other)).toBe('available'));
});

test('of two instances one works, and the other goes on when it stops', async () => {
  const other = new Reconciler();
  const { volumeId } = await site.call(createVolume, { size: 1 });
  await site.age();
  reconciler.start({ ...site.frontEnd, instance: 'one' }, 1, 60_000, log);
  await waitFor(async () => expect(await site.database('leases')).toHaveLength(1));
  other.start({ ...site.frontEnd, instance: 'two' }, 1, 60_000, log);
  await waitFor(() => expect(site.a.received.length).toBeGreaterThan(2));
  expect(await site.database('leases').select('holder')).toEqual([{ holder: 'one' }]);
  await reconciler.stop();
  site.a.jobs.set(site.a.taken[0] as string, { state: 'available' });
  await waitFor(async () => expect(await site.status(volumeId)).toBe('available'));
  const [event] = await site.database('events');
  expect(event).toMatchObject({ instance: 'two', action: 'order-ended', subject_id: volumeId });
  await other.stop();
});

test('a failure of the database does not end it', async () => {
  const { volumeId } = await site.call(createVolume, { size: 1 });
  await site.age();
  await site.database.schema.renameTable('snapshots', 'hidden');
  const errors = vi.spyOn(log, 'error');
  reconciler.start(site.frontEnd, 1, 60_000, log);
  await waitFor(() => expect(errors).toHaveBeenCalled());
  errors.mockRestore();
  await site.database.schema.renameTable('hidden', 'snapshots');
  site.a.jobs.set(site.a.taken[0] as string, { state: 'available' });
  await waitFor(async () => expect(await site.status(volumeId)).toBe('available'));
});

test('a group that waits does not hold up the others, and keeps its order', async () => {
  const done: string[] = [];
  let goOn = () => {};
  const gate = new Promise<void>((resolve) => {
    goOn = resolve;
  });
  const work = forEachGroup(
    ['a1', 'b1', 'a2', 'b2'],
    (item) => item.charAt(0),
    async (item) => {
      if (item === 'a1') await gate;
      done.push(item);
      if (item === 'b2') goOn();
    },
  );
  await work;
  expect(done).toEqual(['b1', 'b2', 'a1', 'a2']);
});
