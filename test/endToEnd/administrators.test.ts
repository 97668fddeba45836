import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type AdminClient, connectAdmin, fromFiles } from '@vbs-lustre/client';
import { serviceSubject } from '@vbs-lustre/lab/deployment/certificates';
import { loadContract, portOf } from '@vbs-lustre/shared/soap/contract';
import { http } from '@vbs-lustre/shared/testing/http';
import { WSDL } from '@vbs-lustre/wsdl';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { flagsOf, runCommand } from '../support/commandLine.js';
import { sendSigned, NAMESPACE as USERS_NAMESPACE } from '../support/raw.js';
import { Testbed, until, whenAvailable } from '../support/testbed.js';

// A busy machine is no failure.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 600_000 });

const NAMESPACE = 'urn:vbs-lustre:vbslustre-admin:2026-11';
const ALICE = 'CN=alice,OU=users,O=VBS-Lustre';
let testbed: Testbed;
let env: Record<string, string>;

beforeAll(async () => {
  testbed = await Testbed.start({ volumeDelegates: [{ name: 'lustre1' }, { name: 'lustre2' }] });
  env = { VBS_CONFIG: join(testbed.deployment.layout.home, 'config.json') };
  await vbs('configure', ...flagsOf(testbed.deployment, 'admin'));
});

afterAll(() => testbed.stop());

const run = (...args: string[]) => runCommand(env, 'vbs', ...args);

/** What `vbs` prints; it must succeed. */
async function vbs(...args: string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await run(...args);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  return stdout;
}

const json = async (...args: string[]) => JSON.parse(await vbs(...args, '--output', 'json'));

interface SeenDelegate {
  name: string;
  status: string;
  drained: boolean;
}

const delegate = async (name: string): Promise<SeenDelegate | undefined> =>
  (await json('admin', 'delegates')).delegates.find((each: SeenDelegate) => each.name === name);

it('tells nobody else that there is anything', async () => {
  const { deployment } = testbed;
  const url = `${deployment.url}-admin`;
  const answers = [];
  for (const signer of ['alice', 'lustre1', 'vmm1', 'vbslustre']) {
    for (const content of [
      `<DescribeUsers xmlns="${NAMESPACE}"></DescribeUsers>`,
      `<DescribeUsers xmlns="${NAMESPACE}"><userId></userId><nonsense></nonsense></DescribeUsers>`,
      `<NoSuchOperation xmlns="${NAMESPACE}"></NoSuchOperation>`,
      `<DescribeVolumes xmlns="${USERS_NAMESPACE}"></DescribeVolumes>`,
    ]) {
      answers.push(await sendSigned(deployment, signer, content, { url }));
    }
  }
  const told = answers.map(({ status, code, message, faultcode }) =>
    JSON.stringify({ status, code, message, faultcode }),
  );
  expect(new Set(told).size).toBe(1);
  expect(answers[0]).toMatchObject({ status: 500, code: 'AuthFailure' });
  const ca = readFileSync(`${deployment.layout.pki}/ca.crt`, 'utf8');
  expect(await http({ url: `${url}?wsdl`, method: 'GET', ca })).toMatchObject({ status: 405 });
  const page = await http({ url: new URL('/', url).href, method: 'GET', ca });
  expect(page.text).toContain('/vbslustre?wsdl');
  expect(page.text).not.toContain('admin');
  const refused = await run('admin', 'users', ...flagsOf(deployment, 'alice'));
  expect(refused).toMatchObject({ exitCode: 1, stdout: '' });
  expect(refused.stderr).toMatch(/^vbs: AuthFailure: /);
});

it('tells an administrator what operations there are', async () => {
  const content = `<NoSuchOperation xmlns="${NAMESPACE}"></NoSuchOperation>`;
  const url = `${testbed.deployment.url}-admin`;
  const answer = await sendSigned(testbed.deployment, 'admin', content, { url });
  expect(answer).toMatchObject({ code: 'InvalidAction' });
  expect(answer.message).toContain('DescribeUsers, ');
});

it('shows who has what, and gives a user other quotas', async () => {
  expect(await vbs('admin', 'users')).toBe('There are no users.\n');
  const volumeId = await testbed.volume(2048);
  expect(await vbs('admin', 'users')).toMatch(
    new RegExp(`^USER +VOLUMES +SNAPSHOTS +GIB .*\n${ALICE} +1 +0 +2 +0 +0 +20`),
  );
  expect(await json('admin', 'users', ALICE)).toMatchObject({
    users: [{ userId: ALICE, volumes: 1, gib: 2 }],
  });
  expect(await vbs('admin', 'set-quotas', ALICE, '--volumes', '1', '--gib', 'any')).toMatch(
    /^QUOTA +USED +ALLOWED +FROM\nvolumes +1 +1 +own\nsnapshots +0 +any +settings\ngib +2 +any +own\n/,
  );
  await expect(testbed.alice.CreateVolume({ size: 1 })).rejects.toMatchObject({
    code: 'VolumeLimitExceeded',
  });
  expect((await testbed.alice.DescribeLimits({})).limitSet.item[0]).toEqual({
    ...{ name: 'volumes', used: 1, limit: 1 },
  });
  const dry = await run('admin', 'set-quotas', ALICE, '--volumes', 'default', '--dry-run');
  expect(dry).toMatchObject({ exitCode: 0, stdout: '' });
  expect(await vbs('admin', 'quotas', ALICE, '--output', 'tsv')).toBe(
    'volumes\t1\t1\town\nsnapshots\t0\t\tsettings\ngib\t2\t\town\nattachments\t0\t\tsettings\nexports\t0\t\tsettings\n',
  );
  await vbs('admin', 'set-quotas', ALICE, '--volumes', 'default', '--gib', 'default');
  await testbed.volume();
  await testbed.alice.DeleteVolume({ volumeId });
});

it('refuses what makes no sense', async () => {
  expect(await run('admin', 'set-quotas', ALICE)).toMatchObject({ exitCode: 2 });
  expect(await run('admin', 'set-quotas', ALICE, '--gib', '-1')).toMatchObject({ exitCode: 2 });
  expect(await run('admin', 'quotas', 'alice')).toMatchObject({ exitCode: 1 });
  expect(await run('admin', 'drain', 'lustre9')).toMatchObject({
    ...{ exitCode: 2, stderr: 'vbs: There is no delegate lustre9; see vbs admin delegates.\n' },
  });
  expect(await run('admin', 'nonsense')).toMatchObject({ exitCode: 2 });
  expect(await run('admin')).toMatchObject({ exitCode: 2 });
});

it('drains a Volume Delegate, also over its restart, and takes that back', async () => {
  // It tells with its next heartbeat that it has no more to do.
  const idle = { kind: 'volume', status: 'alive', jobs: 0 };
  await expect.poll(() => delegate('lustre1')).toMatchObject(idle);
  expect(await vbs('admin', 'drain', 'lustre1')).toMatch(/\nlustre1 +volume +alive, drained +/);
  await testbed.deployment.service('lustre1').stop();
  await testbed.deployment.restart('lustre1');
  expect(await delegate('lustre1')).toMatchObject({ status: 'alive', drained: true });
  await testbed.deployment.service('lustre2').stop();
  await until('the other one is gone', async () =>
    (await delegate('lustre2'))?.status === 'silent' ? true : undefined,
  );
  const wanted = { sizeMiB: 1 };
  await expect(testbed.alice.CreateVolume(wanted)).rejects.toMatchObject({ code: 'Unavailable' });
  expect(await vbs('admin', 'undrain', 'lustre1')).toMatch(/\nlustre1 +volume +alive +20/);
  await testbed.volume(1);
  await testbed.deployment.restart('lustre2');
});

it('drains a host: nothing more is attached there', async () => {
  const place = { instanceId: 'none', vmm: 'vmm1', device: 'xvdb', attachMode: 'w' } as const;
  const volumeId = await testbed.volume(1);
  const attach = () => testbed.alice.AttachVolume({ volumeId, ...place });
  const code = 'InvalidInstanceID.NotFound';
  await expect(attach()).rejects.toMatchObject({ code });
  await vbs('admin', 'drain', 'vmm1');
  await testbed.deployment.service('vmm1').stop();
  await testbed.deployment.restart('vmm1');
  await expect(attach()).rejects.toThrow('The host vmm1 is being taken out of service');
  await vbs('admin', 'undrain', 'vmm1', '--kind', 'vmm');
  await expect(whenAvailable(attach)).rejects.toMatchObject({ code });
});

async function adminClient(): Promise<AdminClient> {
  const { url, layout } = testbed.deployment;
  const { pki } = layout;
  const files = { certificate: `${pki}/admin.crt`, privateKey: `${pki}/admin.key` };
  const service = serviceSubject('vbslustre');
  return connectAdmin(
    await fromFiles({ url: `${url}-admin`, ...files, authority: `${pki}/ca.crt`, service }),
  );
}

/** Whatever else there will be has to be killed, too. */
async function changingOperations(): Promise<string[]> {
  const { operations } = portOf(await loadContract(WSDL.vbslustreAdmin), 'VBSLustreAdmin');
  return [...operations.keys()].filter((name) => !name.startsWith('Describe'));
}

it('has done a change or has not, when the front end is killed under it; and does it again', async () => {
  const { deployment } = testbed;
  const client = await adminClient();
  const quotas = async () => (await client.DescribeQuotas({ userId: ALICE })).quotaSet.item[0];
  const drained = async () => {
    const { delegateSet } = await client.DescribeDelegates({});
    return delegateSet.item.find(({ name }) => name === 'lustre1')?.drained;
  };
  const setVolumes = (limit?: number) =>
    client.ModifyQuotas({ userId: ALICE, quotaSet: { item: [{ name: 'volumes', limit }] } });
  const named = { kind: 'volume', name: 'lustre1' } as const;
  const changes: [() => Promise<unknown>, () => Promise<unknown>, unknown, unknown][] = [
    [() => setVolumes(77), async () => (await quotas())?.limit, undefined, 77],
    [() => setVolumes(), async () => (await quotas())?.limit, 77, undefined],
    [() => client.DrainDelegate(named), drained, false, true],
    [() => client.UndrainDelegate(named), drained, true, false],
  ];
  const changing = await changingOperations();
  expect(changing).toEqual(['ModifyQuotas', 'DrainDelegate', 'UndrainDelegate']);
  for (const delayMs of [0, 3, 6, 12]) {
    for (const [change, look, before, after] of changes) {
      // So that it has a connection, and is quick.
      expect(await look()).toBe(before);
      const outcome = change().then(
        () => 'done',
        () => 'no answer',
      );
      await delay(delayMs);
      await deployment.service('vbslustre').kill();
      const told = await outcome;
      await deployment.restart('vbslustre', { waits: false });
      expect(told === 'done' ? [after] : [before, after]).toContain(await look());
      await change();
      expect(await look()).toBe(after);
    }
  }
});
