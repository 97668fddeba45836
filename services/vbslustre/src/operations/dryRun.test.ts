import { newId } from '@vbs-lustre/shared/ids';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { attachRequest, BOB, openSite, type Site } from '../testing/site.js';
import { attachVolume } from './attachVolume.js';
import { createSnapshot } from './createSnapshot.js';
import { createTags } from './createTags.js';
import { createVolume } from './createVolume.js';
import { deleteSnapshot } from './deleteSnapshot.js';
import { deleteTags } from './deleteTags.js';
import { deleteVolume } from './deleteVolume.js';
import { detachVolume } from './detachVolume.js';
import { modifySnapshotAttribute } from './modifySnapshotAttribute.js';
import { modifyVolume } from './modifyVolume.js';
import { verifySnapshot } from './verifySnapshot.js';

let site: Site;
let free: string;
let taken: string;
let snapshotId: string;

beforeEach(async () => {
  site = await openSite();
  free = await site.volume();
  taken = await site.volume();
  snapshotId = await site.snapshot(free);
  await site.database('snapshots').update({ sha256: 'a'.repeat(64) });
  await site.attach(taken, { device: 'xvdc' });
});
afterEach(() => site.close());

const dryRun = true;
const wouldBeDone = { code: 'DryRunOperation' };

/** Everything that is written down, and every order that was given. */
async function everything() {
  const tables = ['volumes', 'snapshots', 'attachments', 'client_tokens', 'delegates', 'events'];
  const rows = await Promise.all(
    [...tables, 'volume_tags', 'snapshot_tags', 'snapshot_permissions', 'verifications'].map(
      (table) => site.database(table),
    ),
  );
  const { a, b, host1, host2 } = site;
  return structuredClone([rows, a.received, b.received, host1.received, host2.received]);
}

const token = (clientToken?: string) => ({ dryRun, clientToken });
const sharing = () => ({ snapshotId, operationType: 'add' as const, group: 'all' });
const tags = () => ({
  resourcesSet: { item: [{ resourceId: free }] },
  tagSet: { item: [{ key: 'a' }] },
});

test.each([undefined, 'token'])(
  'what would be done is told and not done (client token: %s)',
  async (given) => {
    const before = await everything();
    for (const request of [
      () => site.call(createVolume, { size: 1, ...token(given) }),
      () => site.call(createVolume, { snapshotId, ...token(given) }),
      () => site.call(createSnapshot, { volumeId: free, ...token(given) }),
      () => site.call(modifyVolume, { volumeId: free, size: 2, ...token(given) }),
      () => site.call(deleteVolume, { volumeId: free, ...token(given) }),
      () => site.call(deleteSnapshot, { snapshotId, ...token(given) }),
      () => site.call(attachVolume, { ...attachRequest(free), ...token(given) }),
      () => site.call(detachVolume, { volumeId: taken, ...token(given) }),
      () =>
        site.call(detachVolume, {
          volumeId: taken,
          force: true,
          acceptRisk: true,
          ...token(given),
        }),
      () => site.call(createTags, { ...tags(), dryRun }),
      () => site.call(verifySnapshot, { snapshotId, dryRun }),
      () => site.call(modifySnapshotAttribute, { ...sharing(), ...token(given) }),
      () => site.call(deleteTags, { ...tags(), dryRun }),
    ]) {
      await expect(request()).rejects.toMatchObject(wouldBeDone);
    }
    expect(await everything()).toEqual(before);
  },
);

test('what would be refused is refused with the same fault', async () => {
  Object.assign(site.frontEnd, { quotas: { volumes: 2 } });
  const before = await everything();
  const notFound = 'InvalidVolume.NotFound';
  for (const [request, code] of [
    [() => site.call(createVolume, { size: 1, dryRun }), 'VolumeLimitExceeded'],
    [() => site.call(createVolume, { size: 0, dryRun }), 'InvalidParameterValue'],
    [() => site.call(createSnapshot, { volumeId: taken, dryRun }), 'IncorrectState'],
    [() => site.call(modifyVolume, { volumeId: free, size: 1, dryRun }), 'InvalidParameterValue'],
    [() => site.call(modifyVolume, { volumeId: taken, size: 2, dryRun }), 'IncorrectState'],
    [() => site.call(deleteVolume, { volumeId: taken, dryRun }), 'VolumeInUse'],
    [() => site.call(deleteVolume, { volumeId: free, dryRun }, BOB), notFound],
    [
      () => site.call(deleteSnapshot, { snapshotId: newId('snap'), dryRun }),
      'InvalidSnapshot.NotFound',
    ],
    [() => site.call(attachVolume, { ...attachRequest(taken), dryRun }), 'VolumeInUse'],
    [
      () => site.call(attachVolume, { ...attachRequest(free), device: 'xvdc', dryRun }),
      'InvalidParameterValue',
    ],
    [() => site.call(detachVolume, { volumeId: free, dryRun }), 'InvalidAttachment.NotFound'],
    [() => site.call(createTags, { ...tags(), dryRun }, BOB), notFound],
    [
      () => site.call(modifySnapshotAttribute, { ...sharing(), dryRun }, BOB),
      'InvalidSnapshot.NotFound',
    ],
    [() => site.call(deleteTags, { ...tags(), dryRun }, BOB), notFound],
  ] as const) {
    await expect(request()).rejects.toMatchObject({ code });
  }
  expect(await everything()).toEqual(before);
});

test('a dry run knows the client token of what was done, and leaves it alone', async () => {
  const request = { size: 1, clientToken: 'done' };
  const { volumeId } = await site.call(createVolume, request);
  const before = await everything();
  const again = site.call(createVolume, { ...request, dryRun });
  await expect(again).rejects.toMatchObject(wouldBeDone);
  const other = site.call(createVolume, { ...request, size: 2, dryRun });
  await expect(other).rejects.toMatchObject({ code: 'IdempotentParameterMismatch' });
  expect(await everything()).toEqual(before);
  expect(await site.call(createVolume, request)).toMatchObject({ volumeId });
});
