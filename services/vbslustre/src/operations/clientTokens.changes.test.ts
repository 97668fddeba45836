import { ServiceFault } from '@vbs-lustre/shared/faults';
import type { vbslustre } from '@vbs-lustre/wsdl';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { TOKEN_LIFE_MS } from '../metadata/clientTokens.js';
import { Hosts } from '../reconcile/hosts.js';
import {
  attachRequest,
  BOB,
  log,
  NO_ANSWER,
  NOT_DELIVERED,
  openSite,
  type Site,
} from '../testing/site.js';
import { attachVolume } from './attachVolume.js';
import { createVolume } from './createVolume.js';
import { deleteSnapshot } from './deleteSnapshot.js';
import { deleteVolume } from './deleteVolume.js';
import { detachVolume } from './detachVolume.js';

let site: Site;
let volumeId: string;

beforeEach(async () => {
  site = await openSite();
  volumeId = await site.volume();
});
afterEach(() => site.close());

const clientToken = 'token';
const mismatch = { code: 'IdempotentParameterMismatch' };
const attach = (other: Partial<vbslustre.AttachVolume> = {}, user?: string) =>
  site.call(attachVolume, { ...attachRequest(volumeId), clientToken, ...other }, user);
const detach = (other: Partial<vbslustre.DetachVolume> = {}) =>
  site.call(detachVolume, { volumeId, clientToken, ...other });

async function pastADay(): Promise<void> {
  const created_at = new Date(Date.now() - TOKEN_LIFE_MS - 1).toISOString();
  await site.database('client_tokens').update({ created_at });
}

describe('AttachVolume', () => {
  test('with the same token attaches once, and gets the same answer as long as the token lives', async () => {
    const first = await attach();
    expect(await attach()).toEqual(first);
    await site.call(detachVolume, { volumeId });
    expect(await attach()).toEqual(first);
    await site.call(deleteVolume, { volumeId });
    await site.tell(volumeId, 'deleted');
    expect(await attach()).toEqual(first);
    expect(site.host1.received).toEqual(['AttachVolume', 'DetachVolume']);
  });

  test.each<Partial<vbslustre.AttachVolume>>([
    { device: 'xvdc' },
    { attachMode: 'r' },
    { vmm: 'host2' },
    { instanceId: 'vm2' },
  ])('with other parameters is refused: %j', async (other) => {
    await attach();
    await expect(attach(other)).rejects.toMatchObject(mismatch);
    expect(site.host1.received).toHaveLength(1);
  });

  test('of another user is another request', async () => {
    await attach();
    await expect(attach({}, BOB)).rejects.toMatchObject({ code: 'InvalidVolume.NotFound' });
  });

  test('many at once attach once', async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => attach()));
    expect(new Set(answers.map(({ attachTime }) => attachTime.getTime())).size).toBe(1);
    expect(site.host1.received).toEqual(['AttachVolume']);
  });

  test('while it is under way is told so, and of its end by whoever finds out', async () => {
    site.host1.lostAnswer = NO_ANSWER;
    await expect(attach()).rejects.toMatchObject({ code: 'Unavailable' });
    site.host1.lostAnswer = undefined;
    expect(await attach()).toMatchObject({ status: 'attaching' });
    await site.age();
    await new Hosts(site.frontEnd, 60_000, log).round();
    await site.call(detachVolume, { volumeId });
    expect(await attach()).toMatchObject({ status: 'attached' });
    expect(site.host1.received).toEqual(['AttachVolume', 'DetachVolume']);
  });

  test('that was refused, or has come to nothing, leaves the token free', async () => {
    site.host1.refusal = new ServiceFault('InvalidInstanceID.NotFound', 'no');
    await expect(attach()).rejects.toMatchObject({ code: 'InvalidInstanceID.NotFound' });
    site.host1.refusal = NO_ANSWER;
    await expect(attach({ instanceId: 'vm2' })).rejects.toMatchObject({ code: 'Unavailable' });
    site.host1.refusal = undefined;
    await site.age();
    await new Hosts(site.frontEnd, 60_000, log).round();
    expect(await attach({ vmm: 'host2' })).toMatchObject({ vmm: 'host2', status: 'attached' });
  });
});

describe('DetachVolume', () => {
  test('with the same token detaches once, also what is attached again', async () => {
    await site.attach(volumeId);
    const first = await detach();
    await site.attach(volumeId);
    expect(await detach()).toEqual(first);
    expect(site.host1.list).toHaveLength(1);
    await expect(detach({ instanceId: 'vm1' })).rejects.toMatchObject(mismatch);
    await site.call(detachVolume, { volumeId });
    await site.call(deleteVolume, { volumeId });
    await site.tell(volumeId, 'deleted');
    expect(await detach()).toEqual(first);
  });

  test('goes on with the attachment that it meant, whatever else is attached since', async () => {
    await site.attach(volumeId, { attachMode: 'r' });
    site.host1.lostAnswer = NO_ANSWER;
    await detach();
    site.host1.lostAnswer = undefined;
    await site.attach(volumeId, { attachMode: 'r', vmm: 'host2' });
    expect(await detach()).toMatchObject({ vmm: 'host1' });
    expect(await detach()).toMatchObject({ vmm: 'host1' });
    expect(site.host2.list).toHaveLength(1);
  });

  test('that was taken back leaves the token free', async () => {
    await site.attach(volumeId);
    site.host1.refusal = NOT_DELIVERED;
    await expect(detach()).rejects.toMatchObject({ code: 'Unavailable' });
    site.host1.refusal = undefined;
    expect(await detach({ instanceId: 'vm1' })).toMatchObject({ status: 'detaching' });
  });

  test('many at once detach one attachment', async () => {
    await site.attach(volumeId);
    const answers = await Promise.all(Array.from({ length: 5 }, () => detach()));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set(['detaching']));
    expect(await site.database('attachments')).toEqual([]);
  });
});

describe('DeleteVolume and DeleteSnapshot', () => {
  test.each(['volume', 'snapshot'])(
    'a %s is deleted once, and a retry is told so',
    async (kind) => {
      const snapshotId = await site.snapshot(volumeId);
      const once = (other = {}) =>
        kind === 'volume'
          ? site.call(deleteVolume, { volumeId, clientToken, ...other })
          : site.call(deleteSnapshot, { snapshotId, clientToken, ...other });
      const taken = (): number => site.a.taken.length + site.b.taken.length;
      const before = taken();
      const id = kind === 'volume' ? volumeId : snapshotId;
      expect(await once()).toEqual({ return: true });
      expect(await once()).toEqual({ return: true });
      await site.tell(id, 'deleted');
      expect(await once()).toEqual({ return: true });
      expect(taken()).toBe(before + 1);
      const notFound = { code: expect.stringContaining('.NotFound') };
      await expect(once({ clientToken: undefined })).rejects.toMatchObject(notFound);
      const other = site.call(createVolume, { size: 1, clientToken });
      await expect(other).rejects.toMatchObject(mismatch);
    },
  );

  test('a deletion that another request began, and one that failed, are this one’s too', async () => {
    await site.call(deleteVolume, { volumeId });
    const once = () => site.call(deleteVolume, { volumeId, clientToken });
    expect(await once()).toEqual({ return: true });
    await site.tell(volumeId, 'failure : cmd error', 'rm: Read-only file system');
    expect(await once()).toEqual({ return: true });
    expect(await site.status(volumeId)).toBe('deleting');
    await site.tell(volumeId, 'deleted');
    expect(await once()).toEqual({ return: true });
  });

  test('a deletion that is refused leaves the token free', async () => {
    await site.attach(volumeId);
    const refused = site.call(deleteVolume, { volumeId, clientToken });
    await expect(refused).rejects.toMatchObject({ code: 'VolumeInUse' });
    expect(await detach()).toMatchObject({ status: 'detaching' });
  });
});

describe('after a day', () => {
  test('a token is free for another request', async () => {
    const first = await attach();
    await site.call(detachVolume, { volumeId });
    await pastADay();
    const next = await attach({ device: 'xvdc' });
    expect(next).toMatchObject({ device: 'xvdc' });
    expect(next.attachTime).not.toEqual(first.attachTime);
  });

  test('tokens are forgotten, the others are not', async () => {
    await attach();
    await pastADay();
    await detach({ clientToken: 'second' });
    await site.call(createVolume, { size: 1, clientToken: 'third' });
    const tokens = await site.database('client_tokens').select('token').orderBy('token');
    expect(tokens).toEqual([{ token: 'second' }, { token: 'third' }]);
  });
});

test.each([
  () => attach({ clientToken: 'x'.repeat(65) }),
  () => detach({ clientToken: 'x'.repeat(65) }),
  () => site.call(deleteVolume, { volumeId, clientToken: 'x'.repeat(65) }),
])('a token that is too long is refused', async (request) => {
  await expect(request()).rejects.toMatchObject({ code: 'InvalidParameterValue' });
});
