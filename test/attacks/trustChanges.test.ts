import { copyFile, readFile, rm, writeFile } from 'node:fs/promises';
import { AuthorityFolder } from '@vbs-lustre/certs';
import type { Identity } from '@vbs-lustre/shared/trust/identity';
import forge from 'node-forge';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { identityOf, makeCertificate, rsaKeys } from '../../shared/src/testing/certificates.js';
import { ATTRIBUTE, nameOf } from '../../shared/src/testing/der.js';
import { render } from '../../shared/src/testing/message.js';
import { NAMESPACE } from '../support/raw.js';
import { until } from '../support/testbed.js';
import { signedBy } from './cases/messages.js';
import { SOURCE } from './cases/sources.js';
import { TITLES } from './cases/titles.js';
import { readAnswer } from './support/answers.js';
import type { Good } from './support/attack.js';
import { record } from './support/record.js';
import { Target } from './support/target.js';
import { fire } from './support/wire.js';

let target: Target;

beforeAll(async () => {
  target = await Target.start();
});

afterAll(() => target?.stop());

const UNTRUSTED = 'wsse:FailedAuthentication';

it(TITLES.pinned, async ({ task }) => {
  const { alice } = target.world;
  const pinned = `${target.testbed.deployment.layout.frontEndTrust}/alice.crt`;
  const own = identityOf(makeCertificate({ name: ALICE, keys: rsaKeys() }));
  expect(own.certificate.subject).toBe(alice.certificate.subject);
  const before = goodBy(alice);
  await target.accept({ body: before.text }, before.volumeId);
  await writeFile(pinned, own.certificatePem);
  await untilRefused(alice);
  const verdict = await target.repel({ body: goodBy(alice).text });
  expect(record(task, `${SOURCE.wss4j} CertConstraints`, verdict)).toBe(UNTRUSTED);
  const after = goodBy(own);
  await target.accept({ body: after.text }, after.volumeId);
  await rm(pinned);
  const back = async () => ((await isRefused(alice)) ? undefined : true);
  await until('the authority has its name back', back);
});

const ALICE = nameOf(
  [[ATTRIBUTE.O, 'VBS-Lustre']],
  [[ATTRIBUTE.OU, 'users']],
  [[ATTRIBUTE.CN, 'alice']],
);

const LISTS: [title: string, write: (from: string, to: string) => Promise<void>][] = [
  [TITLES.revokedPem, (from, to) => copyFile(from, to)],
  [TITLES.revokedDer, async (from, to) => writeFile(to, derOf(await readFile(from, 'utf8')))],
];

it.for(LISTS)('%s', async ([title, write], { task }) => {
  const { pki, frontEndTrust } = target.testbed.deployment.layout;
  const { alice, bob } = target.world;
  const user = title === TITLES.revokedPem ? bob : alice;
  const before = goodBy(user);
  await target.accept({ body: before.text }, before.volumeId);
  const authority = new AuthorityFolder(pki);
  await authority.revoke(user.certificate.subject, 'keyCompromise');
  const { file } = await authority.writeRevocationList(1);
  await write(file, `${frontEndTrust}/ca.crl`);
  await untilRefused(user);
  const verdict = await target.repel({ body: goodBy(user).text });
  expect(record(task, `${SOURCE.rfc5280} 5; ${SOURCE.wss4j} SignatureCRLTest`, verdict)).toBe(
    UNTRUSTED,
  );
  const other = goodBy(target.world.certifier.identity());
  await target.accept({ body: other.text }, other.volumeId);
});

/** A right message that deletes a volume of its signer's. */
function goodBy(identity: Identity): Good {
  return target.good(() => signedBy(identity), identity.certificate.subject);
}

/** What is changed in the trust folder counts within two seconds; a busy machine gets ten. */
async function untilRefused(identity: Identity): Promise<void> {
  await until(`${identity.certificate.subject} is refused`, () => isRefused(identity));
}

async function isRefused(identity: Identity): Promise<true | undefined> {
  const plan = target.planOf(`<DescribeVolumes xmlns="${NAMESPACE}"></DescribeVolumes>`);
  const text = render({ ...plan, ...signedBy(identity) });
  const { code } = readAnswer(await fire(target.wire, { body: text }), target.trust);
  return code === 'AuthFailure' || undefined;
}

function derOf(pem: string): Buffer {
  const [block] = forge.pem.decode(pem);
  if (!block) throw new Error('there is no PEM in the list');
  return Buffer.from(block.body, 'latin1');
}
