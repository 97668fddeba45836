import { ServiceFault } from '@vbs-lustre/shared/faults';
import type { vbslustre } from '@vbs-lustre/wsdl';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { BOB, log, NO_ANSWER, NOT_DELIVERED, openSite, type Site } from '../testing/site.js';
import { detachVolume } from './detachVolume.js';

let site: Site;
let volumeId: string;

beforeEach(async () => {
  site = await openSite();
  volumeId = await site.volume();
});
afterEach(() => site.close());

const detach = (other: Partial<vbslustre.DetachVolume> = {}, user?: string) =>
  site.call(detachVolume, { volumeId, force: true, ...other }, user);
const accepted = { acceptRisk: true };
const statuses = async () =>
  (await site.database('attachments').orderBy('instance_id')).map(({ status }) => status);
const released = () => [...site.a.released, ...site.b.released];

test.each([{}, accepted])(
  'a host that answers is believed, and nothing is risked: %j',
  async (how) => {
    await site.attach(volumeId);
    const answer = await detach(how);
    expect(answer).toMatchObject({ volumeId, status: 'detaching' });
    expect(answer.warning).toBeUndefined();
    expect(site.host1.orders.at(-1)).toMatchObject({ force: true });
    expect(site.host1.list).toEqual([]);
    expect(await statuses()).toEqual([]);
    expect(released()).toEqual([]);
  },
);

test.each([
  ['cannot be reached', NOT_DELIVERED],
  ['does not answer', NO_ANSWER],
])('of a host that %s the risk must be accepted, and is told', async (_case, trouble) => {
  await site.attach(volumeId);
  site.host1.refusal = trouble;
  const risky = detach();
  await expect(risky).rejects.toMatchObject({ code: 'IncorrectState' });
  await expect(risky).rejects.toThrow(/host1 does not answer.*destroyed.*acceptRisk=true/);
  expect(await statuses()).toEqual(['detaching']);
  expect(released()).toEqual([]);
  const other = site.attach(volumeId, { vmm: 'host2' });
  await expect(other).rejects.toMatchObject({ code: 'VolumeInUse' });

  const warn = vi.spyOn(log, 'warn');
  const answer = await detach(accepted);
  expect(answer.warning).toMatch(/host1 has not confirmed.*switched off/);
  expect(warn).toHaveBeenCalledWith(
    'a volume is detached by force, without the word of its host',
    expect.objectContaining({ userId: 'CN=alice', volumeId, vmm: 'host1', instanceId: 'vm1' }),
  );
  warn.mockRestore();
  expect(released()).toEqual([{ volumeId, vmm: 'host1' }]);
  expect(await statuses()).toEqual([]);
  await site.attach(volumeId, { vmm: 'host2' });
});

test.each([
  new ServiceFault('Unavailable', 'vm1 has not let go of xvdb yet'),
  new ServiceFault('IncorrectState', 'by another order'),
  new ServiceFault('InternalError', 'log'),
  new ServiceFault('AuthFailure', 'who?'),
])('a host that answers %s is not gone: no risk can be taken', async (word) => {
  await site.attach(volumeId);
  site.host1.refusal = word;
  const refused = detach(accepted);
  await expect(refused).rejects.toMatchObject({ code: 'IncorrectState' });
  await expect(refused).rejects.toThrow('by force either');
  expect(await statuses()).toEqual(['detaching']);
  expect(released()).toEqual([]);
});

test('a host that is not in the deployment any more', async () => {
  await site.attach(volumeId);
  await site.database('attachments').update({ vmm: 'dismantled' });
  await expect(detach()).rejects.toMatchObject({ code: 'IncorrectState' });
  expect((await detach(accepted)).warning).toContain('dismantled');
  expect(released()).toEqual([{ volumeId, vmm: 'dismantled' }]);
});

test('what is still being attached on such a host can be given up, and its order is void', async () => {
  site.host1.lostAnswer = NO_ANSWER;
  await expect(site.attach(volumeId)).rejects.toMatchObject({ code: 'Unavailable' });
  site.host1.refusal = NO_ANSWER;
  await expect(detach()).rejects.toMatchObject({ code: 'IncorrectState' });
  await detach(accepted);
  expect(await statuses()).toEqual([]);
});

test('only the attachment that is meant is given up', async () => {
  await site.attach(volumeId, { attachMode: 'r' });
  await site.attach(volumeId, { attachMode: 'r', vmm: 'host2' });
  site.host1.refusal = NO_ANSWER;
  await expect(detach(accepted)).rejects.toMatchObject({ code: 'MissingParameter' });
  await detach({ ...accepted, vmm: 'host1' });
  expect(await statuses()).toEqual(['attached']);
});

test('the claims go first: while they cannot be released, the place is kept', async () => {
  await site.attach(volumeId);
  site.host1.refusal = NO_ANSWER;
  site.a.refusal = site.b.refusal = NOT_DELIVERED;
  await expect(detach(accepted)).rejects.toMatchObject({ code: 'Unavailable' });
  expect(await statuses()).toEqual(['detaching']);
  site.b.refusal = undefined;
  const seen: unknown[] = [];
  site.b.onRelease = async () => void seen.push(...(await statuses()));
  expect((await detach(accepted)).warning).toBeDefined();
  expect(seen).toEqual(['detaching']);
});

test('a retry is told of the risk again, and the acceptance is another request', async () => {
  await site.attach(volumeId);
  site.host1.refusal = NO_ANSWER;
  const clientToken = 'token';
  await expect(detach({ clientToken })).rejects.toMatchObject({ code: 'IncorrectState' });
  const changed = detach({ ...accepted, clientToken });
  await expect(changed).rejects.toMatchObject({ code: 'IdempotentParameterMismatch' });
  const request = { ...accepted, clientToken: 'second' };
  const first = await detach(request);
  await site.attach(volumeId, { vmm: 'host2' });
  expect(await detach(request)).toEqual(first);
  expect(await statuses()).toEqual(['attached']);
});

test('acceptRisk without force, and force by somebody else, are refused', async () => {
  await site.attach(volumeId);
  const senseless = detach({ ...accepted, force: false });
  await expect(senseless).rejects.toMatchObject({ code: 'InvalidParameterCombination' });
  await expect(detach(accepted, BOB)).rejects.toMatchObject({ code: 'InvalidVolume.NotFound' });
  expect(await statuses()).toEqual(['attached']);
});
