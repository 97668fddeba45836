import { afterEach, beforeEach, expect, test } from 'vitest';
import { createSnapshot } from './operations/createSnapshot.js';
import { createVolume } from './operations/createVolume.js';
import { deleteVolume } from './operations/deleteVolume.js';
import { describeLimits } from './operations/describeLimits.js';
import { detachVolume } from './operations/detachVolume.js';
import type { Quotas } from './quotas.js';
import { BOB, openSite, type Site } from './testing/site.js';

let site: Site;

beforeEach(async () => {
  site = await openSite();
});
afterEach(() => site.close());

const allow = (quotas: Quotas) => Object.assign(site.frontEnd, { quotas });
const VOLUME = { code: 'VolumeLimitExceeded' };
const SNAPSHOT = { code: 'SnapshotLimitExceeded' };
const ATTACHMENT = { code: 'AttachmentLimitExceeded' };

test('of many that are made at once, only as many are made as are allowed', async () => {
  allow({ volumes: 3 });
  const outcomes = await Promise.allSettled(
    Array.from({ length: 8 }, () => site.call(createVolume, { size: 1 })),
  );
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(3);
  for (const outcome of outcomes) {
    if (outcome.status === 'rejected') expect(outcome.reason).toMatchObject(VOLUME);
  }
  // Everybody has his own.
  await site.call(createVolume, { size: 1 }, BOB);
});

test('the fault says what is used and allowed, and what is deleted makes room', async () => {
  allow({ volumes: 1 });
  const volumeId = await site.volume();
  await expect(site.call(createVolume, { size: 1 })).rejects.toThrow(
    'You have 1 of 1 volumes that you may have; delete one first.',
  );
  await site.call(deleteVolume, { volumeId });
  await site.tell(volumeId, 'deleted');
  await site.volume();
});

test('a request that was done is answered, whatever the limit', async () => {
  allow({ volumes: 1, attachments: 1 });
  const request = { size: 1, clientToken: 'again' };
  const { volumeId } = await site.call(createVolume, request);
  expect(await site.call(createVolume, request)).toMatchObject({ volumeId });
  await site.tell(volumeId, 'available');
  const first = await site.attach(volumeId, { clientToken: 'attach' });
  expect(await site.attach(volumeId, { clientToken: 'attach' })).toEqual(first);
});

test('what is refused leaves nothing, and its token can be used again', async () => {
  const volumeId = await site.volume();
  allow({ snapshots: 1 });
  await site.snapshot(volumeId);
  const request = { volumeId, clientToken: 't' };
  await expect(site.call(createSnapshot, request)).rejects.toMatchObject(SNAPSHOT);
  allow({ snapshots: 2 });
  await site.tell((await site.call(createSnapshot, request)).snapshotId, 'available');
});

test('volumes and snapshots share their GiB', async () => {
  allow({ gib: 2 });
  const volumeId = await site.volume({ sizeMiB: 1024 });
  await site.snapshot(volumeId);
  await expect(site.call(createVolume, { sizeMiB: 512 })).rejects.toThrow(
    'You have 2 of 2 GiB that your volumes and snapshots may have, and this needs 0.5; delete some first.',
  );
  await expect(site.call(createSnapshot, { volumeId })).rejects.toMatchObject(SNAPSHOT);
});

test('attachments are limited, also of many volumes at once', async () => {
  const ids = [await site.volume(), await site.volume(), await site.volume()];
  allow({ attachments: 1 });
  const devices = ['xvdb', 'xvdc', 'xvdd'];
  const outcomes = await Promise.allSettled(
    ids.map((id, at) => site.attach(id, { device: devices[at] as string })),
  );
  const refused = outcomes.filter(({ status }) => status === 'rejected');
  expect(refused).toMatchObject([{ reason: ATTACHMENT }, { reason: ATTACHMENT }]);
  const [held = ''] = ids.filter((_, at) => outcomes[at]?.status === 'fulfilled');
  await site.call(detachVolume, { volumeId: held });
  await site.attach(held);
});

test('a user sees what he has and may have', async () => {
  allow({ volumes: 5, gib: 0 });
  const volumeId = await site.volume({ sizeMiB: 1 });
  await site.attach(volumeId);
  expect((await site.call(describeLimits, {})).limitSet.item).toEqual([
    { name: 'volumes', used: 1, limit: 5 },
    { name: 'snapshots', used: 0 },
    { name: 'gib', used: 1 },
    { name: 'attachments', used: 1 },
    { name: 'exports', used: 0 },
  ]);
  const others = await site.call(describeLimits, {}, BOB);
  expect(others.limitSet.item.map(({ used }) => used)).toEqual([0, 0, 0, 0, 0]);
});
