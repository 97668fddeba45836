import type { Page } from '@vbs-lustre/shared/soap/page';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { setDrained } from '../metadata/delegates.js';
import { recordEvent } from '../metadata/events.js';
import { insertVolume } from '../metadata/volumes.js';
import { createSnapshot } from '../operations/createSnapshot.js';
import { createVolume } from '../operations/createVolume.js';
import { deleteVolume } from '../operations/deleteVolume.js';
import { exportVolume } from '../operations/exportVolume.js';
import { importVolume } from '../operations/importVolume.js';
import { modifyVolume } from '../operations/modifyVolume.js';
import { ADMIN, ALICE, BOB, GIB, openSite, type Site } from '../testing/site.js';
import { statusPages } from './pages.js';

let site: Site;

beforeEach(async () => {
  site = await openSite();
});
afterEach(() => site.close());

/** The page as a new front end gives it, which remembers none. */
async function look(query: Record<string, string> = {}): Promise<string> {
  const pages = await statusPages(site.frontEnd, 'https://vbs.example');
  const page = pages?.get('/status') as Page;
  return (await page.answer(new URLSearchParams(query))).text;
}

/** A section of the page, as words alone. */
function words(page: string, section: string): string {
  const [, content = ''] =
    new RegExp(`<section id="${section}".*?>(.*?)</section>`, 's').exec(page) ?? [];
  return content
    .replace(/<[^>]+>/g, ' ')
    .replace(/\s+/g, ' ')
    .trim();
}

describe('who is let in', () => {
  test('administrators, to all that belongs to the page', async () => {
    const pages = await statusPages(site.frontEnd, 'https://vbs.example');
    expect([...(pages?.keys() ?? [])].sort()).toEqual([
      '/status',
      '/status-picture.css',
      '/status.css',
      '/status.js',
    ]);
    for (const page of pages?.values() ?? []) {
      expect([ADMIN, ALICE].map((each) => page.admits(each))).toEqual([true, false]);
    }
  });

  test('nobody, and there is no page, without administrators', async () => {
    const without = { ...site.frontEnd, administrators: [] };
    expect(await statusPages(without, 'https://vbs.example')).toBeUndefined();
  });
});

test('all is well where there is nothing', async () => {
  const page = await look();
  expect(words(page, 'summary')).toMatch(/^Summary All is well: .* Volumes 0 Snapshots 0/);
  expect(words(page, 'progress')).toContain('Nothing is under way.');
  expect(words(page, 'holders')).toContain('Nothing is attached.');
});

test('what there is, who holds it, and what is under way', async () => {
  const tagSet = { item: [{ key: 'Name', value: 'database' }] };
  const written = await site.volume({ size: 1, tagSet });
  const shared = await site.volume({ size: 2 }, BOB);
  await site.attach(written);
  for (const vmm of ['host1', 'host2']) {
    await site.attach(shared, { attachMode: 'r', vmm, device: 'xvdc', instanceId: 'vm2' }, BOB);
  }
  const { snapshotId } = await site.call(createSnapshot, { volumeId: shared }, BOB);
  const { volumeId: pending } = await site.call(createVolume, { size: 1 });
  await site
    .database('volumes')
    .where({ id: pending })
    .update({ bytes_done: 2 ** 29 });
  const { volumeId: failed } = await site.call(createVolume, { size: 1 });
  await site.tell(failed, 'failure : cmd error', 'dd: no space left');
  const gone = await site.volume();
  await site.call(deleteVolume, { volumeId: gone });
  await site.silence('host2');
  await site.announce('volume', 'b', { draining: true });
  await setDrained(site.database, 'vmm', 'host1', true);
  await recordEvent(site.database, {
    ...{ instance: 'x', subjectId: failed, action: 'given-up', reason: 'it is far away' },
  });

  const page = await look();
  expect(words(page, 'summary')).toMatch(
    new RegExp(
      `Look at this: not heard : VMM Delegate host2 failed: 1 , .* ${failed} dd: no space left`,
    ),
  );
  expect(words(page, 'summary')).toMatch(/Volumes 5 .*2 in-use/);
  expect(words(page, 'summary')).toContain('Delegates 3 of 4 heard 1 draining 1 drained');
  expect(words(page, 'summary')).toContain('Free space 100 GiB files: 7 GiB');
  const holders = words(page, 'holders');
  expect(page).toContain(`<title>vm1 writes ${written} as xvdb: attached</title>`);
  expect(page).toContain(`<title>vm2 reads ${shared} as xvdc: attached</title>`);
  expect(page).toContain('<title>Host host2: silent</title>');
  expect(holders).toContain(`vm1 host1 database ${written} xvdb w: writes attached alice`);
  expect(holders).toContain(`vm2 host2 ${shared} xvdc r: reads attached bob`);
  const progress = words(page, 'progress');
  expect(progress).toContain(`${pending} pending 50%, 512 MiB of 1 GiB alice`);
  expect(progress).toContain(`${snapshotId} pending not begun, or not told yet bob`);
  expect(progress).toContain(`${gone} deleting alice`);
  expect(words(page, 'failures')).toContain(`${failed} failed dd: no space left alice`);
  expect(words(page, 'delegates')).toMatch(
    /host2 VMM Delegate silent .*b Volume Delegate draining/,
  );
  expect(words(page, 'delegates')).toContain('host1 VMM Delegate drained');
  expect(words(page, 'snapshots')).toContain(`${snapshotId} pending 2 GiB bob ${shared}`);
  expect(words(page, 'owners')).toMatch(/alice 4 0 4 GiB bob 1 1 4 GiB/);
  expect(words(page, 'events')).toContain(`given-up ${failed} it is far away`);
});

test('imports, exports and extensions, and how they have failed', async () => {
  const { database } = site;
  const fileName = 'disk.raw';
  for (const delegate of [site.a, site.b]) delegate.exchange?.set(`${ALICE} ${fileName}`, GIB);
  const { volumeId: imported } = await site.call(importVolume, { fileName, format: 'raw' });
  const source = await site.volume();
  const { exportTask } = await site.call(exportVolume, { volumeId: source, fileName: 'copy.raw' });
  const { exportTaskId } = exportTask;
  await database('exports').update({ bytes_done: 2 ** 28 });
  const extended = await site.volume();
  await site.call(modifyVolume, { volumeId: extended, size: 3 });
  await database('volumes')
    .where({ id: extended })
    .update({ bytes_done: 2 ** 31 });
  const progress = words(await look(), 'progress');
  expect(progress).toContain(
    `${imported} importing not begun, or not told yet from disk.raw alice`,
  );
  expect(progress).toContain(
    `${exportTaskId} of ${source} exporting 25%, 256 MiB of 1 GiB to copy.raw alice`,
  );
  expect(progress).toContain(`${extended} modifying 50%, 2 GiB of 3 GiB alice`);
  expect(words(await look(), 'summary')).toContain('files: 5 GiB');

  await site.tell(exportTaskId, 'failure : cmd error', 'dd: the disk is full');
  await site.tell(extended, 'failure : cmd error', 'fallocate: no space left');
  const page = await look();
  expect(words(page, 'summary')).toContain('failed: 2');
  const failures = words(page, 'failures');
  expect(failures).toContain(`${exportTaskId} of ${source} export dd: the disk is full alice`);
  expect(failures).toContain(`${extended} extension fallocate: no space left alice`);
});

test('one owner’s alone', async () => {
  const [own, other] = [await site.volume(), await site.volume({ size: 1 }, BOB)];
  await site.attach(own);
  await site.attach(other, { vmm: 'host2' }, BOB);
  const page = await look({ owner: BOB });
  expect(page).toContain(`Only what <bdi>${BOB}</bdi> has.`);
  expect(page).toContain(other);
  expect(page).not.toContain(own);
  expect(words(page, 'summary')).toMatch(/Volumes 1 .*Attachments 1/);
  expect(page).not.toMatch(/id="(owners|events)"/);
  expect(await look({ owner: '' })).toContain(own);
});

describe('strings that somebody has chosen to be evil', () => {
  const EVIL = `"'></title></bdi></script><script>alert(1)</script><img src=x onerror=alert(2)>&lt;`;

  test.each(['tag', 'description', 'message', 'reason', 'instance', 'device', 'vmm', 'owner'])(
    'as %s are text',
    async (place) => {
      const evil = (name: string, usual: string) => (place === name ? EVIL : usual);
      const { database } = site;
      const volumeId = await site.volume({
        size: 1,
        tagSet: { item: [{ key: 'Name', value: evil('tag', 'name') }] },
      });
      await site.attach(volumeId, { attachMode: 'r' });
      const snapshotId = await site.snapshot(volumeId);
      // Some of this no operation would take.
      await database('snapshots')
        .where({ id: snapshotId })
        .update({
          description: evil('description', 'x'),
        });
      await database('attachments').update({
        instance_id: evil('instance', 'vm1'),
        device: place === 'device' ? '"><img src=x>' : 'xvdb',
        vmm: evil('vmm', 'host1'),
      });
      const { volumeId: failed } = await site.call(createVolume, { size: 1 });
      await site.tell(failed, 'failure : cmd error', evil('message', 'x'));
      await database('volumes')
        .where({ id: failed })
        .update({ owner: evil('owner', ALICE) });
      const reason = evil('reason', 'x');
      await recordEvent(database, { instance: 'x', subjectId: 'x', action: 'given-up', reason });

      const pages = [await look(), ...(place === 'owner' ? [await look({ owner: EVIL })] : [])];
      for (const page of pages) {
        expect(page).toContain(place === 'device' ? '&lt;img src=x' : '&lt;script&gt;alert(1)');
        expect(page).not.toContain('<img');
        expect(page.match(/<script[^>]*>/g)).toEqual(['<script src="status.js" defer>']);
        const tags = page
          .replace(/"[^"]*"/g, '""')
          .match(/<[^>]*>/g)
          ?.join('');
        expect(tags).not.toMatch(/\s(on\w+|style)=/);
      }
    },
  );

  test('what is asked for is text too', async () => {
    const page = await look({ owner: EVIL });
    expect(page).toContain('Only what <bdi>&quot;&#39;&gt;&lt;/title&gt;');
    expect(page.match(/<script[^>]*>/g)).toEqual(['<script src="status.js" defer>']);
  });
});

test('10,000 volumes make no larger page than a hundred', async () => {
  const { database } = site;
  const volume = {
    owner: ALICE,
    sizeBytes: 2 ** 30,
    snapshotId: undefined,
    snapshotConsistency: undefined,
    delegate: 'a',
    tags: [],
  };
  const make = (from: number, to: number) =>
    database.transaction(async (transaction) => {
      for (let n = from; n < to; n++) {
        const id = `vol-${String(n).padStart(17, '0')}`;
        await insertVolume(transaction, { ...volume, id, orderId: `ord-${n}` });
      }
    });
  await make(0, 100);
  const small = await look();
  await make(100, 10_000);
  const large = await look();
  expect(words(large, 'summary')).toContain('Volumes 10,000 10,000 pending');
  expect(words(large, 'progress')).toContain('and 9,970 more');
  expect(large.length).toBeLessThan(small.length + 1_000);
  expect(large.length).toBeLessThan(100_000);
});

test('a look is remembered for a moment, so that many who look cost no more than one', async () => {
  const pages = await statusPages(site.frontEnd, 'https://vbs.example');
  const page = pages?.get('/status') as Page;
  const query = new URLSearchParams();
  let asked = 0;
  site.database.on('query', () => {
    asked += 1;
  });
  const first = await page.answer(query);
  const cost = asked;
  const others = await Promise.all(Array.from({ length: 50 }, () => page.answer(query)));
  expect(new Set(others.map(({ text }) => text))).toEqual(new Set([first.text]));
  expect(asked).toBeLessThanOrEqual(2 * cost);
  expect(cost).toBeLessThan(20);
});
