import { newId } from '@vbs-lustre/shared/ids';
import type { vbslustre } from '@vbs-lustre/wsdl';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { ALICE, BOB, openSite, type Site } from '../testing/site.js';
import { createSnapshot } from './createSnapshot.js';
import { createTags } from './createTags.js';
import { createVolume } from './createVolume.js';
import { deleteSnapshot } from './deleteSnapshot.js';
import { describeEvents } from './describeEvents.js';
import { describeLimits } from './describeLimits.js';
import { describeSnapshot } from './describeSnapshot.js';
import { describeSnapshotAttribute } from './describeSnapshotAttribute.js';
import { modifySnapshotAttribute } from './modifySnapshotAttribute.js';

const CAROL = 'CN=carol,O=Lab';
const NOT_FOUND = { code: 'InvalidSnapshot.NotFound' };
const INVALID = { code: 'InvalidParameterValue' };

let site: Site;
let snapshotId: string;

beforeEach(async () => {
  site = await openSite();
  snapshotId = await site.snapshot(await site.volume());
});
afterEach(() => site.close());

type Change = Partial<vbslustre.ModifySnapshotAttribute>;

const users = (...userIds: string[]): Change => ({
  userIdSet: { item: userIds.map((userId) => ({ userId })) },
});
const EVERYBODY: Change = { group: 'all' };
const modify = (operationType: 'add' | 'remove', change: Change, userId = ALICE) =>
  site.call(modifySnapshotAttribute, { snapshotId, operationType, ...change }, userId);
const share = (change: Change, userId = ALICE) => modify('add', change, userId);
const unshare = (change: Change, userId = ALICE) => modify('remove', change, userId);
const grantees = async () => {
  const { createVolumePermission } = await site.call(describeSnapshotAttribute, { snapshotId });
  return createVolumePermission.item.map(({ userId, group }) => userId ?? `group ${group}`);
};
const use = (userId: string) => site.call(createVolume, { snapshotId }, userId);
const see = (userId: string) => site.call(describeSnapshot, { snapshotId }, userId);

test('whom a snapshot is shared with sees it and makes volumes from it', async () => {
  await expect(use(BOB)).rejects.toMatchObject(NOT_FOUND);
  expect(await share(users(BOB))).toEqual({ return: true });
  expect(await see(BOB)).toMatchObject({ snapshotId, ownerId: ALICE, status: 'available' });
  const { volumeId } = await use(BOB);
  expect(await site.database('volumes').where({ id: volumeId })).toMatchObject([
    { owner: BOB, snapshot_id: snapshotId },
  ]);
  await site.tell(volumeId, 'available');
  await expect(use(CAROL)).rejects.toMatchObject(NOT_FOUND);
  await expect(see(CAROL)).rejects.toMatchObject(NOT_FOUND);
});

test('shared with all, everybody does', async () => {
  await share(EVERYBODY);
  expect(await see(CAROL)).toMatchObject({ ownerId: ALICE });
  await site.tell((await use(BOB)).volumeId, 'available');
  await unshare(EVERYBODY);
  await expect(use(BOB)).rejects.toMatchObject(NOT_FOUND);
});

test('one that may not be used, and none at all, get the same words', async () => {
  const unknown = newId('snap');
  const words = async (id: string) =>
    (await site.call(createVolume, { snapshotId: id }, BOB).catch((error) => error)).message;
  expect(await words(snapshotId)).toBe(`${snapshotId} does not exist or is not yours.`);
  expect(await words(unknown)).toBe(`${unknown} does not exist or is not yours.`);
  await share(users(CAROL));
  expect(await words(snapshotId)).toBe(`${snapshotId} does not exist or is not yours.`);
});

test('they can do nothing else with it', async () => {
  await share(users(BOB));
  const resourcesSet = { item: [{ resourceId: snapshotId }] };
  for (const work of [
    () => site.call(deleteSnapshot, { snapshotId }, BOB),
    () => site.call(createTags, { resourcesSet, tagSet: { item: [{ key: 'a' }] } }, BOB),
    () => site.call(describeEvents, { resourceId: snapshotId }, BOB),
    () => site.call(describeSnapshotAttribute, { snapshotId }, BOB),
    () => share(users(CAROL), BOB),
    () => unshare(users(BOB), BOB),
  ]) {
    await expect(work()).rejects.toMatchObject(NOT_FOUND);
  }
  expect(await grantees()).toEqual([BOB]);
});

test('they see what it is, but neither its tags nor why it has failed', async () => {
  const tagSet = { item: [{ key: 'Name', value: 'secret' }] };
  const { volumeId } = await see(ALICE);
  const made = await site.call(createSnapshot, { volumeId, tagSet, description: 'for you' });
  snapshotId = made.snapshotId;
  await share(users(BOB));
  await site.tell(snapshotId, 'failure : cmd error', 'cp: secret');
  expect(await see(ALICE)).toMatchObject({ ownerId: ALICE, tagSet, statusMessage: 'cp: secret' });
  const seen = await see(BOB);
  expect(seen).toMatchObject({ description: 'for you', status: 'failure : cmd error' });
  expect(JSON.stringify(seen)).not.toContain('secret');
});

test('what was begun goes on when it is no longer shared, and what was made stays', async () => {
  await share(users(BOB));
  const { volumeId: made } = await use(BOB);
  await site.tell(made, 'available');
  const { volumeId: begun } = await use(BOB);
  await unshare(users(BOB));
  await expect(use(BOB)).rejects.toMatchObject(NOT_FOUND);
  await expect(site.call(deleteSnapshot, { snapshotId })).rejects.toMatchObject({
    code: 'InvalidSnapshot.InUse',
  });
  await site.tell(begun, 'available');
  expect([await site.status(made), await site.status(begun)]).toEqual(['available', 'available']);
});

test('a retry is told of the volume that it has made, also when it is no longer shared', async () => {
  await share(users(BOB));
  const request = { snapshotId, clientToken: 'token' };
  const { volumeId } = await site.call(createVolume, request, BOB);
  await site.tell(volumeId, 'available');
  await unshare(users(BOB));
  expect(await site.call(createVolume, request, BOB)).toMatchObject({ volumeId });
});

test('the owner can delete it, and with it goes whom it was shared with', async () => {
  await share({ ...users(BOB), ...EVERYBODY });
  await site.call(deleteSnapshot, { snapshotId });
  await site.tell(snapshotId, 'deleted');
  expect(await site.database('snapshot_permissions')).toEqual([]);
  await expect(see(BOB)).rejects.toMatchObject(NOT_FOUND);
});

test('who makes the volume pays for it', async () => {
  await share(users(BOB));
  Object.assign(site.frontEnd, { quotas: { gib: 2 } });
  await site.tell((await use(BOB)).volumeId, 'available');
  const { limitSet } = await site.call(describeLimits, {}, BOB);
  expect(limitSet.item).toMatchObject([{ used: 1 }, { used: 0 }, { used: 1, limit: 2 }, {}, {}]);
  // The volume of the snapshot and the snapshot itself are alice's.
  await expect(use(ALICE)).rejects.toMatchObject({ code: 'VolumeLimitExceeded' });
});

test('sharing twice is sharing once, and who is not there can be removed', async () => {
  await share(users(BOB, CAROL, BOB));
  await share({ ...users(BOB), ...EVERYBODY });
  expect(await grantees()).toEqual([BOB, CAROL, 'group all']);
  await unshare(users('CN=dave'));
  await unshare(users(CAROL, 'CN=dave'));
  expect(await grantees()).toEqual([BOB, 'group all']);
});

test('names are compared as user ids are, however they are written', async () => {
  await share(users('cn = carol, o=Lab'));
  expect(await grantees()).toEqual([CAROL]);
  await see(CAROL);
  await unshare(users('2.5.4.3=\\63arol,O=Lab'));
  expect(await grantees()).toEqual([]);
});

test('a retry of what was done changes nothing, whatever has happened since', async () => {
  const clientToken = 'token';
  await share({ ...users(BOB), clientToken });
  await unshare(users(BOB));
  expect(await share({ ...users(BOB), clientToken })).toEqual({ return: true });
  expect(await grantees()).toEqual([]);
  await expect(share({ ...users(CAROL), clientToken })).rejects.toMatchObject({
    code: 'IdempotentParameterMismatch',
  });
  await site.call(deleteSnapshot, { snapshotId });
  await site.tell(snapshotId, 'deleted');
  expect(await share({ ...users(BOB), clientToken })).toEqual({ return: true });
});

test('the owner sees with whom it was shared, and no longer', async () => {
  await share(users(BOB));
  await share({ ...users(BOB, CAROL), ...EVERYBODY });
  await unshare(users(BOB, 'CN=dave'));
  const { eventSet } = await site.call(describeEvents, { resourceId: snapshotId });
  expect(eventSet.item.map(({ action, reason }) => `${action} ${reason}`)).toEqual([
    ...[`snapshot-unshared no longer with ${BOB}`, 'snapshot-shared with all'],
    ...[`snapshot-shared with ${CAROL}`, `snapshot-shared with ${BOB}`],
  ]);
});

test('a request names so many, and a snapshot is shared with so many', async () => {
  const some = (count: number, prefix: string) =>
    users(...Array.from({ length: count }, (_, at) => `CN=${prefix}${at}`));
  await expect(share(some(51, 'a'))).rejects.toMatchObject(INVALID);
  for (let at = 0; at < 10; at++) await share(some(50, `a${at}-`));
  await expect(share(EVERYBODY)).rejects.toMatchObject({ code: 'ResourceLimitExceeded' });
  // Those that are there need no room.
  await share(some(50, 'a0-'));
  await unshare(some(1, 'a0-'));
  await share(EVERYBODY);
  expect(await grantees()).toHaveLength(500);
});

test.each<[string, Change]>([
  ['MissingParameter', {}],
  ['MissingParameter', users()],
  ['InvalidParameterValue', users('bob')],
  ['InvalidParameterValue', users('all')],
  ['InvalidParameterValue', users('')],
  ['InvalidParameterValue', users(`CN=${'é'.repeat(600)}`)],
  ['InvalidParameterValue', { group: 'friends' }],
  ['InvalidParameterValue', { ...EVERYBODY, attributeName: 'productCodes' }],
  ['InvalidParameterValue', { ...EVERYBODY, clientToken: 't'.repeat(65) }],
  ['InvalidSnapshot.NotFound', { ...EVERYBODY, snapshotId: 'snap-1' }],
  ['InvalidSnapshot.NotFound', { ...EVERYBODY, snapshotId: 's'.repeat(4000), clientToken: 't' }],
])('%s: %j', async (code, change) => {
  await expect(share(change)).rejects.toMatchObject({ code });
  await expect(unshare(change)).rejects.toMatchObject({ code });
  expect(await grantees()).toEqual([]);
});
