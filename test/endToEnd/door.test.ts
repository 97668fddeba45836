import { readFileSync } from 'node:fs';
import { http } from '@vbs-lustre/shared/testing/http';
import { bodyOf, planFor, render, signatureBy } from '@vbs-lustre/shared/testing/message';
import { type Identity, loadIdentity } from '@vbs-lustre/shared/trust/identity';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { NAMESPACE } from '../support/raw.js';
import { Testbed } from '../support/testbed.js';

let testbed: Testbed;
let alice: Identity;

beforeAll(async () => {
  testbed = await Testbed.start({
    frontEndSettings: { acceptSha1Signatures: true, requireTlsCertificate: true },
  });
  const { pki } = testbed.deployment.layout;
  alice = await loadIdentity(`${pki}/alice.crt`, `${pki}/alice.key`);
});

afterAll(() => testbed.stop());

/** A request signed with SHA-1; the sender shows his certificate in TLS, or does not. */
function sendOldFashioned(url: string, showsCertificate: boolean) {
  const plan = planFor(alice);
  const body = bodyOf(`<DescribeVolumes xmlns="${NAMESPACE}"></DescribeVolumes>`);
  const text = render({
    ...plan,
    body,
    references: plan.references.map((each) =>
      each.uri === '#Body' ? { ...each, form: body } : each,
    ),
    signatureMethod: 'http://www.w3.org/2000/09/xmldsig#rsa-sha1',
    signer: signatureBy(alice.privateKey, 'sha1'),
  });
  const ca = readFileSync(`${testbed.deployment.layout.pki}/ca.crt`, 'utf8');
  const shown = { cert: alice.certificatePem, key: alice.privateKeyPem };
  return http({ url, ca, body: text, ...(showsCertificate && shown) });
}

it('a deployment may want certificates in TLS, which our client shows', async () => {
  expect((await testbed.alice.DescribeVolumes({})).volumeSet.item).toEqual([]);
  const answer = await sendOldFashioned(testbed.deployment.url, false);
  expect(answer.status).toBe(403);
});

it('a deployment may accept SHA-1 of its users, and of nobody else', async () => {
  const { url } = testbed.deployment;
  const answer = await sendOldFashioned(url, true);
  expect(answer.text).toContain('DescribeVolumesResponse');
  const refused = await sendOldFashioned(`${url}/callback`, true);
  expect(refused.text).toContain('wsse:UnsupportedAlgorithm');
  const log = readFileSync(testbed.deployment.layout.log('vbslustre'), 'utf8');
  expect(log).toContain('signatures with SHA-1 are accepted');
});
