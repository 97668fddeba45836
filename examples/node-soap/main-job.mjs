/**
 * The life of a volume, by node-soap's client.
 * Install: npm install soap xml-crypto@6 @xmldom/xmldom@0.8
 * Run: node examples/node-soap/main-job.mjs
 */
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { createClientAsync, WSSecurityCert } from 'soap';
import { VerifyingHttpClient } from './verified.mjs';

const {
  VBS_URL = 'https://127.0.0.1:8443/vbslustre',
  VBS_PKI = '.vbs/pki',
  VBS_USER = 'alice',
  VBS_VMM = 'vmm1',
  VBS_VM1 = 'vm1',
  VBS_VM2 = 'vm2',
} = process.env;

async function connect() {
  const pem = (name) => readFileSync(`${VBS_PKI}/${name}`, 'utf8');
  const service = 'CN=vbslustre,OU=services,O=VBS-Lustre';
  const httpClient = new VerifyingHttpClient(pem('ca.crt'), service);
  const client = await createClientAsync(`${VBS_URL}?wsdl`, { httpClient });
  const security = new WSSecurityCert(pem(`${VBS_USER}.key`), pem(`${VBS_USER}.crt`), '');
  client.setSecurity(security);
  /** Calls an operation; throws {@link Refusal} with what the service refused. */
  return async (operation, request) => {
    const [answer] = await client[`${operation}Async`](request).catch((error) => {
      const detail = error.root?.Envelope?.Body?.Fault?.detail?.ServiceFault;
      throw detail ? new Refusal(detail) : error;
    });
    if (!answer?.requestId) throw new Error(`This is no answer to ${operation}.`);
    return answer;
  };
}

class Refusal extends Error {
  constructor({ code, message }) {
    super(`Refused with ${code}: ${message}`);
    this.code = code;
  }
}

async function mainJob(call) {
  const { volumeId, status } = await call('CreateVolume', {
    sizeMiB: 64,
    clientToken: randomUUID(),
  });
  console.log(`CreateVolume: ${volumeId} is ${status}`);
  const made = await available(() => call('DescribeVolume', { volumeId }));
  console.log(`DescribeVolume: ${volumeId} is ${made.status}, ${made.sizeBytes} bytes`);

  await attach(call, volumeId, VBS_VM1, 'w');
  const used = await call('DescribeVolume', { volumeId });
  const [to] = used.attachmentSet.item;
  console.log(`DescribeVolume: ${volumeId} is ${used.status}, ${describeAttachment(to)}`);
  await refused('VolumeInUse', `AttachVolume ${volumeId} to ${VBS_VM2}`, () =>
    attach(call, volumeId, VBS_VM2, 'w'),
  );
  await detach(call, volumeId, VBS_VM1);

  const { snapshotId } = await call('CreateSnapshot', { volumeId, clientToken: randomUUID() });
  await available(() => call('DescribeSnapshot', { snapshotId }));
  console.log(`CreateSnapshot: ${snapshotId} of ${volumeId} is available`);
  const copy = await call('CreateVolume', { snapshotId, clientToken: randomUUID() });
  await available(() => call('DescribeVolume', { volumeId: copy.volumeId }));
  console.log(`CreateVolume: ${copy.volumeId} from ${snapshotId} is available`);

  // r: many may share it
  for (const vm of [VBS_VM1, VBS_VM2]) await attach(call, copy.volumeId, vm, 'r');
  for (const vm of [VBS_VM1, VBS_VM2]) await detach(call, copy.volumeId, vm);

  await call('DeleteSnapshot', { snapshotId });
  console.log(`DeleteSnapshot: ${snapshotId}`);
  for (const each of [volumeId, copy.volumeId]) {
    await call('DeleteVolume', { volumeId: each });
    console.log(`DeleteVolume: ${each}`);
    await refused('InvalidVolume.NotFound', `DescribeVolume ${each}`, () =>
      deleted(() => call('DescribeVolume', { volumeId: each })),
    );
  }
}

async function attach(call, volumeId, instanceId, attachMode) {
  const request = { volumeId, instanceId, vmm: VBS_VMM, device: 'xvdb', attachMode };
  const attachment = await call('AttachVolume', request);
  console.log(`AttachVolume: ${volumeId} ${describeAttachment(attachment)}`);
}

async function detach(call, volumeId, instanceId) {
  await call('DetachVolume', { volumeId, instanceId });
  console.log(`DetachVolume: ${volumeId} from ${instanceId}`);
}

function describeAttachment({ status, instanceId, device, attachMode }) {
  return `${status} to ${instanceId} as ${device}, ${attachMode}`;
}

/** Creating and copying take a while: asks until it is done. */
async function available(describe) {
  const deadline = Date.now() + 60_000;
  while (Date.now() < deadline) {
    const it = await describe();
    if (it.status === 'available') return it;
    if (it.status !== 'pending') throw new Error(`The status is ${it.status}: ${it.statusMessage}`);
    await delay(200);
  }
  throw new Error('It is still pending after a minute.');
}

/** So does deleting: asks until that is done, and once more. */
async function deleted(describe) {
  const deadline = Date.now() + 60_000;
  while ((await describe()).status === 'deleting' && Date.now() < deadline) await delay(200);
}

async function refused(code, what, act) {
  const error = await act().then(
    () => new Error(`${what} was not refused.`),
    (reason) => reason,
  );
  if (error.code !== code) throw error;
  console.log(`${what}: refused with ${code}`);
}

try {
  await mainJob(await connect());
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
