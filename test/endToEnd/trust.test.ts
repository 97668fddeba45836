import { execFileSync } from 'node:child_process';
import { createPrivateKey, createPublicKey } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import {
  hours,
  type Issued,
  identityOf,
  makeAuthority,
  makeCertificate,
  USAGE,
} from '@vbs-lustre/shared/testing/certificates';
import { ATTRIBUTE, labName, nameOf } from '@vbs-lustre/shared/testing/der';
import { type Identity, loadIdentity } from '@vbs-lustre/shared/trust/identity';
import { signedEnvelope } from '@vbs-lustre/shared/wssecurity/sign';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Agent, fetchText } from '../support/get.js';
import { NAMESPACE, send, sendSigned } from '../support/raw.js';
import { Testbed } from '../support/testbed.js';

let testbed: Testbed;

beforeAll(async () => {
  testbed = await Testbed.start({ volumeDelegates: [{ settings: { blank: 'zero' } }] });
});

afterAll(() => testbed.stop());

const CREATE = `<CreateVolume xmlns="${NAMESPACE}"><sizeMiB>1</sizeMiB></CreateVolume>`;

async function signed(content: string): Promise<string> {
  const { pki } = testbed.deployment.layout;
  const identity = await loadIdentity(`${pki}/alice.crt`, `${pki}/alice.key`);
  return signedEnvelope(content, identity, new Date());
}

async function nothingHappened(): Promise<void> {
  await testbed.deletionsEnd();
  expect((await testbed.alice.DescribeVolumes({})).volumeSet.item).toEqual([]);
  expect(await testbed.files()).toEqual([]);
}

describe('the front end', () => {
  it('takes nothing that is not signed', async () => {
    const message = (await signed(CREATE)).replace(/<soap:Header>.*<\/soap:Header>/, '');
    const answer = await send(testbed.deployment, message);
    expect(answer).toMatchObject({
      status: 500,
      code: 'AuthFailure',
      faultcode: 'wsse:InvalidSecurity',
    });
    await nothingHappened();
  });

  it('takes nothing that was changed after it was signed', async () => {
    const message = (await signed(CREATE)).replace('<sizeMiB>1<', '<sizeMiB>2<');
    const answer = await send(testbed.deployment, message);
    expect(answer).toMatchObject({ code: 'AuthFailure', faultcode: 'wsse:FailedCheck' });
    await nothingHappened();
  });

  it('takes a message once', async () => {
    const message = await signed(CREATE);
    const first = await send(testbed.deployment, message);
    expect(first).toMatchObject({ status: 200 });
    const [, volumeId = ''] = /<volumeId>([^<]+)</.exec(first.text) ?? [];
    expect(await send(testbed.deployment, message)).toMatchObject({ code: 'AuthFailure' });
    await testbed.settled(volumeId);
    await testbed.alice.DeleteVolume({ volumeId });
    await nothingHappened();
  });

  it('takes a message once, also after a restart', async () => {
    const message = await signed(CREATE);
    const first = await send(testbed.deployment, message);
    const [, volumeId = ''] = /<volumeId>([^<]+)</.exec(first.text) ?? [];
    await testbed.settled(volumeId);
    await testbed.alice.DeleteVolume({ volumeId });
    await testbed.deployment.service('vbslustre').stop();
    await testbed.deployment.restart('vbslustre');
    expect(await send(testbed.deployment, message)).toMatchObject({ code: 'AuthFailure' });
    await nothingHappened();
  });

  it('executes what the signed Body says, whatever SOAPAction says', async () => {
    const message = await signed(CREATE);
    const headers = { SOAPAction: `"${NAMESPACE}/DescribeVolumes"` };
    expect(await send(testbed.deployment, message, { headers })).toMatchObject({
      code: 'AuthFailure',
    });
    await nothingHappened();
  });

  it('believes a callback only of a Volume Delegate', async () => {
    const { volumeId, pid } = await testbed.volumeWithStoppedDd();
    const content =
      `<UpdateVolumeStatus xmlns="${NAMESPACE}"><orderId>ord-0</orderId><volumeId>${volumeId}</volumeId>` +
      '<status>available</status></UpdateVolumeStatus>';
    const url = `${testbed.deployment.url}/callback`;
    for (const signer of ['alice', 'vmm1', 'vbslustre']) {
      const answer = await sendSigned(testbed.deployment, signer, content, { url });
      expect(answer).toMatchObject({ code: 'AuthFailure', faultcode: 'wsse:FailedAuthentication' });
    }
    expect(await testbed.alice.DescribeVolume({ volumeId })).toMatchObject({ status: 'pending' });
    // A delegate is believed, but only about the order that is waited for.
    const answer = await sendSigned(testbed.deployment, 'volume-delegate', content, { url });
    expect(answer).toMatchObject({ status: 200 });
    expect(await testbed.alice.DescribeVolume({ volumeId })).toMatchObject({ status: 'pending' });
    process.kill(pid, 'SIGCONT');
    await testbed.settled(volumeId);
    await testbed.alice.DeleteVolume({ volumeId });
  });

  it('does not take a delegate for a user', async () => {
    const answer = await sendSigned(testbed.deployment, 'volume-delegate', CREATE);
    expect(answer).toMatchObject({ code: 'AuthFailure' });
  });
});

/** What an operator does with the deployment's own authority. */
function vbsCerts(...args: string[]): void {
  const program = fileURLToPath(new URL('../../certs/bin/vbs-certs.js', import.meta.url));
  execFileSync(process.execPath, [program, ...args], { stdio: 'pipe' });
}

describe('a certificate that is not good is refused, with the reason in the log alone:', () => {
  const usage = USAGE.digitalSignature;
  /** The authority of the deployment, which would not issue such certificates itself. */
  const authority = (): Issued => {
    const privateKey = createPrivateKey(readFileSync(`${testbed.deployment.layout.pki}/ca.key`));
    const name = nameOf([[ATTRIBUTE.O, 'VBS-Lustre']], [[ATTRIBUTE.CN, 'VBS-Lustre CA']]);
    const keys = { privateKey, publicKey: createPublicKey(privateKey) };
    return { name, keys, der: Buffer.alloc(0), pem: '' };
  };
  const name = labName('mallory', 'VBS-Lustre');
  const user = { name, usage };
  const CASES: [name: string, reason: string, make: () => Issued][] = [
    [
      'expired',
      'it has expired on',
      () => makeCertificate({ ...user, issuer: authority(), notAfter: hours(-0.5) }),
    ],
    [
      'not yet valid',
      'it is not valid before',
      () => makeCertificate({ ...user, issuer: authority(), notBefore: hours(0.5) }),
    ],
    [
      'of the wrong key usage',
      'its key usage excludes digital signatures',
      () => makeCertificate({ name, issuer: authority(), usage: USAGE.keyEncipherment }),
    ],
    [
      'of another authority of that name',
      'it is not signed by the key of CN=VBS-Lustre CA,O=VBS-Lustre',
      () => makeCertificate({ ...user, issuer: makeAuthority('VBS-Lustre CA', 'VBS-Lustre') }),
    ],
    [
      'of an authority that is not there',
      'there is no CN=Middle,O=VBS-Lustre',
      () => {
        const issuer = makeAuthority('Middle', 'VBS-Lustre', { issuer: authority() });
        return makeCertificate({ ...user, issuer });
      },
    ],
    ['self-signed', 'there is no CN=mallory,O=VBS-Lustre', () => makeCertificate(user)],
  ];

  /** Sends a request, which must be refused. @returns the reason in the log */
  async function refused(identity: Identity): Promise<string> {
    const answer = await send(testbed.deployment, signedEnvelope(CREATE, identity, new Date()));
    expect(answer).toMatchObject({ code: 'AuthFailure', faultcode: 'wsse:FailedAuthentication' });
    const log = readFileSync(testbed.deployment.layout.log('vbslustre'), 'utf8');
    const [, requestId = ''] = /<requestId>([^<]+)</.exec(answer.text) ?? [];
    const line = log.split('\n').find((each) => each.includes(requestId)) ?? '{}';
    const { reason } = JSON.parse(line) as { reason: string };
    expect(answer.text).not.toContain(reason.replace(/^CN=.*?: /, ''));
    return reason;
  }

  it.each(CASES)('%s', async (_, reason, make) => {
    expect(await refused(identityOf(make()))).toContain(reason);
    await nothingHappened();
  });

  it('revoked, soon, though it was good before', async () => {
    const { pki, frontEndTrust } = testbed.deployment.layout;
    vbsCerts('request', '--user', 'carol', '--out', `${pki}/carol`);
    vbsCerts('sign', '--folder', pki, `${pki}/carol.csr`);
    const carol = await loadIdentity(`${pki}/carol.crt`, `${pki}/carol.key`);
    const look = `<DescribeVolumes xmlns="${NAMESPACE}"></DescribeVolumes>`;
    const call = () => send(testbed.deployment, signedEnvelope(look, carol, new Date()));
    expect(await call()).toMatchObject({ status: 200 });
    vbsCerts('revoke', '--folder', pki, 'carol');
    vbsCerts('crl', '--folder', pki, '--out', `${frontEndTrust}/ca.crl`);
    const limit = { timeout: 60_000, interval: 50 };
    await expect.poll(async () => (await call()).status, limit).toBe(500);
    expect(await refused(carol)).toBe('CN=carol,OU=users,O=VBS-Lustre: it is revoked');
    // Also at the next start, and nobody else.
    await testbed.deployment.service('vbslustre').stop();
    await testbed.deployment.restart('vbslustre');
    expect(await refused(carol)).toContain('revoked');
    await nothingHappened();
  });
});

describe('the delegates obey only the front end', () => {
  it.each(['volume-delegate', 'vmm1'])('%s', async (name) => {
    const { options } = testbed.deployment;
    const { port } = [...options.volumeDelegates, ...options.vmmDelegates].find(
      (each) => each.name === name,
    ) as { port: number };
    const kind = name === 'vmm1' ? 'vmm-delegate' : name;
    const url = `https://127.0.0.1:${port}/${kind}`;
    const content = `<DescribeHealth xmlns="urn:vbs-lustre:${kind}:2026-11"></DescribeHealth>`;
    for (const signer of ['alice', 'volume-delegate', 'vmm1']) {
      const answer = await sendSigned(testbed.deployment, signer, content, { url });
      expect(answer).toMatchObject({ status: 500, code: 'AuthFailure' });
    }
    const answer = await sendSigned(testbed.deployment, 'vbslustre', content, { url });
    expect(answer.text).toContain('<status>ok</status>');
  });
});

describe('the served WSDL', () => {
  it('is the file, with the address of the deployment', async () => {
    const { url, layout, options } = testbed.deployment;
    const served = await fetchText(
      `${url}?wsdl`,
      new Agent({ ca: readFileSync(`${layout.pki}/ca.crt`) }),
    );
    const file = readFileSync(new URL('../../wsdl/vbslustre.wsdl', import.meta.url), 'utf8');
    expect(served).toBe(file.replaceAll('127.0.0.1:8443', `127.0.0.1:${options.frontEndPort}`));
  });
});
