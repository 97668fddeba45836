import { readFileSync, renameSync, statSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { userSubject } from '@vbs-lustre/lab/deployment/certificates';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { NAMESPACE, send, sendSigned } from '../support/raw.js';
import { remove, Testbed } from '../support/testbed.js';

// A busy machine is no failure.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 600_000 });

const ADMIN_NAMESPACE = 'urn:vbs-lustre:vbslustre-admin:2026-11';
const SECRET = 'a-secret-of-alice';
const [ALICE, BOB, ADMIN] = ['alice', 'bob', 'admin'].map(userSubject);
let folder: string;
let file: string;
let testbed: Testbed;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vbs-audit-'));
  file = join(folder, 'audit.log');
  testbed = await Testbed.start({ frontEndSettings: { auditLog: file } });
});

afterAll(async () => {
  await testbed?.stop();
  await remove(folder);
});

const text = () => readFileSync(file, 'utf8');
const lines = () =>
  text()
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line));
const drain = (signer: string, operation = 'DrainDelegate') => {
  const { deployment } = testbed;
  const named = '<kind>volume</kind><name>volume-delegate</name>';
  const content = `<${operation} xmlns="${ADMIN_NAMESPACE}">${named}</${operation}>`;
  return sendSigned(deployment, signer, content, { url: `${deployment.url}-admin` });
};

it('has a line for each change, and for who is not believed', async () => {
  const { alice, bob, deployment } = testbed;
  expect(text()).toBe('');
  const tagSet = { item: [{ key: 'Name', value: SECRET }] };
  const { volumeId, requestId } = await alice.CreateVolume({
    ...{ sizeMiB: 1, tagSet, clientToken: SECRET },
  });
  // Until its delegate has told that it is made, which is on the order of alice and no line of its own.
  await testbed.settled(volumeId);
  await expect(alice.CreateVolume({ sizeMiB: 1, dryRun: true })).rejects.toThrow();
  await expect(bob.DeleteVolume({ volumeId })).rejects.toThrow();
  await expect(bob.DescribeVolume({ volumeId })).rejects.toThrow();
  await alice.DeleteVolume({ volumeId });
  await drain('admin');
  await drain('admin', 'UndrainDelegate');
  await drain('alice');
  await sendSigned(
    deployment,
    'volume-delegate',
    `<DescribeVolumes xmlns="${NAMESPACE}"></DescribeVolumes>`,
  );
  await send(deployment, '<nothing-signed/>');
  const delegate = { kind: ['volume'], name: ['volume-delegate'] };
  const about = (operation: string | undefined, subject: string | undefined, code: string) => ({
    ...{ operation, subject, code, outcome: code === 'OK' ? 'done' : 'refused' },
  });
  const refused = 'AuthFailure';
  expect(lines()).toMatchObject([
    { ...about('CreateVolume', ALICE, 'OK'), resources: { volumeId: [volumeId] }, requestId },
    { ...about('CreateVolume', ALICE, 'DryRunOperation'), resources: {} },
    {
      ...about('DeleteVolume', BOB, 'InvalidVolume.NotFound'),
      resources: { volumeId: [volumeId] },
    },
    { ...about('DeleteVolume', ALICE, 'OK'), resources: { volumeId: [volumeId] } },
    { ...about('DrainDelegate', ADMIN, 'OK'), resources: delegate },
    { ...about('UndrainDelegate', ADMIN, 'OK'), resources: delegate },
    { ...about('DrainDelegate', ALICE, refused), resources: {} },
    about('DescribeVolumes', 'CN=volume-delegate,OU=volume-delegates,O=VBS-Lustre', refused),
    { code: refused, outcome: 'refused', resources: {} },
  ]);
  for (const line of lines()) {
    expect(line.client).toMatch(/^(::ffff:)?127\.0\.0\.1$|^::1$/);
    expect(line.frontEnd).toBe(new URL(deployment.url).origin.replace('localhost', '127.0.0.1'));
  }
  expect(lines().at(-1)).not.toHaveProperty('subject');
  expect(text()).not.toContain(SECRET);
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

it('goes on in a new file when it was moved away, and after a restart', async () => {
  renameSync(file, `${file}.1`);
  const { volumeId } = await testbed.alice.CreateVolume({ sizeMiB: 1 });
  await testbed.settled(volumeId);
  await testbed.deployment.service('vbslustre').kill();
  await testbed.deployment.restart('vbslustre');
  await testbed.alice.DeleteVolume({ volumeId });
  expect(lines().map(({ operation }) => operation)).toEqual(['CreateVolume', 'DeleteVolume']);
});
