import { once } from 'node:events';
import { connect } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { identityOf, issueUser, makeCertificate, rsaKeys } from '../testing/certificates.js';
import { labName } from '../testing/der.js';
import { http, sendRaw } from '../testing/http.js';
import { startService, type TestService, userOf } from '../testing/service.js';
import { signedEnvelope } from '../wssecurity/sign.js';

let service: TestService;
let ca: string;
let base: string;
const HANDLERS = { DescribeSnapshots: async () => ({ snapshotSet: { item: [] } }) };
const DESCRIBE = '<DescribeSnapshots xmlns="urn:vbs-lustre:vbslustre:2026-11"></DescribeSnapshots>';

beforeAll(async () => {
  service = await startService(HANDLERS, { maxConnectionsPerClient: 3 });
  ca = service.authority.pem;
  base = new URL('/', service.url).href;
});

afterAll(() => service.server.close(0));

const describeSnapshots = ({ url, authority }: TestService, tls: object = {}) =>
  http({
    url,
    ca: authority.pem,
    body: signedEnvelope(DESCRIBE, issueUser(authority, 'alice'), new Date()),
    ...tls,
  });

describe('the page at /', () => {
  it('lists the services with their operations and WSDLs, and runs nothing', async () => {
    const { status, type, text, headers } = await http({ url: base, ca, method: 'GET' });
    expect({ status, type }).toEqual({ status: 200, type: 'text/html; charset=utf-8' });
    expect(text).toContain('<a href="https://127.0.0.1:8443/vbslustre?wsdl">');
    for (const name of service.contract.ports.get('VBSLustre')?.operations.keys() ?? []) {
      expect(text).toContain(`<li>${name}</li>`);
    }
    expect(headers['content-security-policy']).toContain("default-src 'none'");
    expect(text).not.toContain('<script');
  });

  it('has the address of the deployment, whatever that is', async () => {
    const odd = await startService({}, { publicUrl: 'https://vbs.example/"><script>' });
    const url = new URL('/', odd.url).href;
    const { text } = await http({ url, ca: odd.authority.pem, method: 'GET' });
    expect(text).toContain('https://vbs.example/&quot;&gt;&lt;script&gt;/vbslustre');
    await odd.server.close(0);
  });

  it.each(['POST', 'HEAD', 'DELETE'])('is not there for %s', async (method) => {
    expect((await http({ url: base, ca, method })).status).toBe(404);
  });
});

describe('TLS', () => {
  const handshake = async (options: object) => {
    const { port } = service;
    const socket = connect({ port, host: '127.0.0.1', servername: 'localhost', ca, ...options });
    await once(socket, 'secureConnect');
    const agreed = { protocol: socket.getProtocol(), cipher: socket.getCipher().name };
    socket.destroy();
    return agreed;
  };

  it.each(['TLSv1.2', 'TLSv1.3'])('is %s with forward secrecy', async (version) => {
    const { protocol, cipher } = await handshake({ minVersion: version, maxVersion: version });
    expect(protocol).toBe(version);
    expect(cipher).toMatch(/^(TLS_|ECDHE-).*(GCM|POLY1305)/);
  });

  it.each([
    ['TLS 1.1', { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'ALL:@SECLEVEL=0' }],
    ['keys exchanged by RSA', { maxVersion: 'TLSv1.2', ciphers: 'AES128-GCM-SHA256' }],
    ['CBC', { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-RSA-AES128-SHA256' }],
  ])('is never %s', async (_, options) => {
    await expect(handshake(options)).rejects.toThrow();
    expect((await handshake({})).protocol).toBe('TLSv1.3');
  });
});

it('takes a hundred headers, and no more', async () => {
  const request = (count: number) => {
    const headers = Array.from({ length: count }, (_, index) => `X${index}: y\r\n`).join('');
    return `GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${headers}\r\n`;
  };
  expect(await sendRaw(service.port, ca, request(98))).toMatch(/^HTTP\/1.1 200 /);
  expect(await sendRaw(service.port, ca, request(99))).toMatch(/^HTTP\/1.1 431 /);
});

it('has no more connections of one client than it may', async () => {
  const idle = Array.from({ length: 3 }, () =>
    connect({ port: service.port, host: '127.0.0.1', servername: 'localhost', ca }),
  );
  await Promise.all(idle.map((socket) => once(socket, 'secureConnect')));
  await expect(describeSnapshots(service)).rejects.toThrow();
  idle[0]?.destroy();
  await expect
    .poll(() => describeSnapshots(service).then(({ status }) => status, String), {
      timeout: 30_000,
    })
    .toBe(200);
  for (const socket of idle) socket.destroy();
});

describe('a service that wants a certificate in TLS too', () => {
  let strict: TestService;
  const shown = ({ certificatePem: cert, privateKeyPem: key }: ReturnType<typeof identityOf>) => ({
    cert,
    key,
  });

  beforeAll(async () => {
    strict = await startService(HANDLERS, { requiresTlsCertificate: true });
  });

  afterAll(() => strict.server.close(0));

  it('serves who shows one that is trusted, whoever has signed', async () => {
    const answer = await describeSnapshots(strict, shown(userOf(strict, 'bob')));
    expect(answer.status).toBe(200);
    expect(strict.lines.at(-1)).toContain('"userId":"CN=alice,O=Lab"');
  });

  it.each([
    ['none', {}],
    [
      'a stranger’s',
      shown(identityOf(makeCertificate({ name: labName('alice'), keys: rsaKeys() }))),
    ],
  ])('refuses who shows %s', async (_, tls) => {
    const answer = await describeSnapshots(strict, tls);
    expect(answer).toMatchObject({ status: 403, type: 'text/plain; charset=utf-8' });
    const url = `${strict.url}?wsdl`;
    const wsdl = await http({ url, ca: strict.authority.pem, method: 'GET', ...tls });
    expect(wsdl.status).toBe(403);
  });
});
