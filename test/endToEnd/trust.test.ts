import { readFileSync } from 'node:fs';
import { loadIdentity } from '@vbs-lustre/shared/wssecurity/identity';
import { signedEnvelope } from '@vbs-lustre/shared/wssecurity/sign';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Agent, fetchText } from '../support/get.js';
import { NAMESPACE, send, sendSigned } from '../support/raw.js';
import { Testbed } from '../support/testbed.js';

let testbed: Testbed;

beforeAll(async () => {
  testbed = await Testbed.start();
});

afterAll(() => testbed.stop());

const CREATE = `<CreateVolume xmlns="${NAMESPACE}"><sizeMiB>1</sizeMiB></CreateVolume>`;

async function signed(content: string): Promise<string> {
  const { pki } = testbed.deployment.layout;
  const identity = await loadIdentity(`${pki}/alice.crt`, `${pki}/alice.key`);
  return signedEnvelope(content, identity, new Date());
}

async function nothingHappened(): Promise<void> {
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
    const { volumeId } = await testbed.alice.CreateVolume({ size: 1 });
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
    await testbed.settled(volumeId);
    await testbed.alice.DeleteVolume({ volumeId });
  });

  it('does not take a delegate for a user', async () => {
    const answer = await sendSigned(testbed.deployment, 'volume-delegate', CREATE);
    expect(answer).toMatchObject({ code: 'AuthFailure' });
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
