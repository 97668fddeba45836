import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { makeCertificate } from '../../shared/src/testing/certificates.js';
import { labName } from '../../shared/src/testing/der.js';
import { MessageFaults, NO_MEDDLING } from './support/messageFaults.js';

/** What a service does: it posts a message, and ends when nothing is left to do. */
const SENDER = `
  import { Agent } from 'node:https';
  import { post } from '${new URL('../../client/dist/transport.js', import.meta.url)}';
  const agent = new Agent({ rejectUnauthorized: false });
  const message = { url: process.env.TARGET, agent, action: '', text: 'x', timeoutMs: 20000 };
  console.log(await post(message).catch(({ name, delivered }) => name + ' ' + delivered));
`;
let folder: string;
let server: Server;
let received: number;
let faults: MessageFaults;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'vbs-faults-'));
  const { pem, keys } = makeCertificate({ name: labName('receiver') });
  const key = keys.privateKey.export({ type: 'pkcs8', format: 'pem' });
  server = createServer({ cert: pem, key }, (_request, response) => {
    received += 1;
    response.end('the answer');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  faults = new MessageFaults(folder, { [port()]: 'receiver' });
});

beforeEach(() => {
  received = 0;
  faults.meddle(NO_MEDDLING);
});

afterAll(() => {
  server.close();
  rmSync(folder, { recursive: true });
});

function port(): number {
  return (server.address() as AddressInfo).port;
}

/** @returns what the sender was told, when all that it has sent has arrived */
async function send(): Promise<string> {
  const env = { ...process.env, ...faults.env, TARGET: `https://127.0.0.1:${port()}/` };
  const args = ['--input-type=module', '-e', SENDER, '--', '--config', '/etc/sender.json'];
  const { stdout } = await promisify(execFile)(process.execPath, args, { env });
  return stdout.trim();
}

it.each([
  ['refused', 'TransportError no', 0],
  ['lost', 'TransportError unknown', 0],
  ['answer lost', 'TransportError unknown', 1],
  ['late', 'TransportError unknown', 1],
  ['delayed', 'the answer', 1],
  ['doubled', 'the answer', 2],
] as const)('a message that is %s', async (fault, told, times) => {
  const before = faults.counts().get(fault) ?? 0;
  faults.meddle({ chances: { [fault]: 1 }, longestDelayMs: 100 });
  expect(await send()).toBe(told);
  expect(received).toBe(times);
  expect(faults.counts().get(fault)).toBe(before + 1);
});

it.each(['sender', 'receiver'])('no message passes when the %s is cut off', async (name) => {
  faults.meddle({ cut: [name] });
  expect(await send()).toBe('TransportError unknown');
  expect(received).toBe(0);
});

it('a message passes when nobody meddles', async () => {
  expect(await send()).toBe('the answer');
  expect(received).toBe(1);
});
