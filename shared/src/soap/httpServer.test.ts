import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { http, sendAndLeave, sendRaw } from '../testing/http.js';
import { CONTRACT_FILE, startService, type TestService, userOf } from '../testing/service.js';
import type { Identity } from '../trust/identity.js';
import { signedEnvelope } from '../wssecurity/sign.js';
import { MAX_MESSAGE_BYTES } from './httpBody.js';

let service: TestService;
let ca: string;
let alice: Identity;
const DESCRIBE =
  '<DescribeVolume xmlns="urn:vbs-lustre:vbslustre:2026-11"><volumeId>vol-1</volumeId></DescribeVolume>';

/** The handler of DescribeSnapshots is at work. */
let arrive: () => void;
const arrived = new Promise<void>((resolve) => {
  arrive = resolve;
});
/** What holds it. */
let release: () => void;
const released = new Promise<void>((resolve) => {
  release = resolve;
});

beforeAll(async () => {
  const volume = {
    volumeId: 'vol-1',
    size: 1,
    sizeBytes: 1,
    status: 'available',
    createTime: new Date(),
    attachmentSet: { item: [] },
  };
  const handlers = {
    DescribeVolume: async () => volume,
    DescribeSnapshots: async () => {
      arrive();
      await released;
      return { snapshotSet: { item: [] } };
    },
  };
  service = await startService(handlers, { maxConcurrentRequests: 1 });
  alice = userOf(service, 'alice');
  ca = service.authority.pem;
});

afterAll(() => service.server.close(0));

const post = (headers: Record<string, string>, body: string | Buffer = '<x/>') =>
  http({ url: service.url, ca, headers, body });

/** An operation that works. */
async function describeVolume() {
  return post({}, signedEnvelope(DESCRIBE, alice, new Date()));
}

describe('GET', () => {
  it.each(['?wsdl', '?WSDL'])(
    '%s answers the file as it is, at the address of the file',
    async (query) => {
      const answer = await http({ url: service.url + query, ca, method: 'GET' });
      expect(answer).toMatchObject({ status: 200, type: 'text/xml; charset=utf-8' });
      expect(answer.text).toBe(readFileSync(CONTRACT_FILE, 'utf8'));
    },
  );

  it('?wsdl has the address of another deployment', async () => {
    const other = await startService({}, { publicUrl: 'https://vbs.example:444' });
    const { text } = await http({
      url: `${other.url}?wsdl`,
      ca: other.authority.pem,
      method: 'GET',
    });
    await other.server.close(0);
    expect(text).toContain('<soap:address location="https://vbs.example:444/vbslustre"/>');
    expect(text).not.toContain('127.0.0.1');
  });
});

describe('refuses with an HTTP status', () => {
  it.each([
    ['another path', 404, 'GET', '/other'],
    ['a path below', 404, 'GET', '/vbslustre/x?wsdl'],
    ['GET of nothing', 405, 'GET', '/vbslustre'],
    ['HEAD', 405, 'HEAD', '/vbslustre?wsdl'],
    ['DELETE', 405, 'DELETE', '/vbslustre'],
  ])('%s: %i', async (_, status, method, path) => {
    expect(await http({ url: new URL(path, service.url).href, ca, method })).toMatchObject({
      status,
    });
  });

  it.each<[string, number, Record<string, string>, (string | Buffer)?]>([
    ['another type', 415, { 'Content-Type': 'application/soap+xml; charset=utf-8' }],
    ['no type', 415, { 'Content-Type': '' }],
    ['another charset', 415, { 'Content-Type': 'text/xml; charset=utf-16' }],
    ['gzip', 415, { 'Content-Encoding': 'gzip' }, gzipSync('<x/>')],
    ['gzip that is none', 415, { 'Content-Encoding': 'gzip' }, 'no gzip'],
    ['what is not UTF-8', 400, {}, Buffer.from([0x3c, 0x78, 0xff])],
    ['a cut UTF-8 character', 400, {}, Buffer.from([0x3c, 0xc3])],
  ])('%s: %i', async (_, status, headers, body) => {
    const answer = await post(headers, body);
    expect(answer).toMatchObject({ status, type: 'text/plain; charset=utf-8' });
  });

  it('what is too large, by its Content-Length: 413', async () => {
    const head = `POST /vbslustre HTTP/1.1\r\nHost: x\r\nContent-Type: text/xml\r\nContent-Length: ${MAX_MESSAGE_BYTES + 1}\r\n\r\n`;
    expect(await sendRaw(service.port, ca, head)).toMatch(/^HTTP\/1.1 413 /);
  });

  it('what is too large, in chunks: 413', async () => {
    const chunk = 'x'.repeat(MAX_MESSAGE_BYTES + 1);
    const head =
      'POST /vbslustre HTTP/1.1\r\nHost: x\r\nContent-Type: text/xml\r\nTransfer-Encoding: chunked\r\n\r\n';
    const bytes = `${head}${chunk.length.toString(16)}\r\n${chunk}\r\n`;
    expect(await sendRaw(service.port, ca, bytes)).toMatch(/^HTTP\/1.1 413 /);
  });

  it('takes what is just not too large', async () => {
    const answer = await post({}, '<x/>'.padEnd(MAX_MESSAGE_BYTES));
    expect(answer.text).toContain('wsse:InvalidSecurity');
  });
});

describe('ends the connection of', () => {
  const HEAD = 'POST /vbslustre HTTP/1.1\r\nHost: x\r\nContent-Type: text/xml\r\n';

  it.each([
    ['a body that does not come', `${HEAD}Content-Length: 10\r\n\r\n<x`],
    ['headers that do not come', HEAD],
  ])('%s', async (_, bytes) => {
    const hasty = await startService({}, { requestTimeoutMs: 100 });
    expect(await sendRaw(hasty.port, hasty.authority.pem, bytes)).not.toMatch(/^HTTP\/1.1 200/);
    await hasty.server.close(0);
  });

  it.each([
    ['two lengths', `${HEAD}Content-Length: 4\r\nContent-Length: 5\r\n\r\n<x/>`],
    [
      'a length and chunks',
      `${HEAD}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n`,
    ],
    ['headers of 100 KB', `${HEAD}X: ${'x'.repeat(100_000)}\r\n\r\n`],
    ['no HTTP', 'hello\r\n\r\n'],
  ])('%s', async (_, bytes) => {
    expect(await sendRaw(service.port, ca, bytes)).toBe('');
    expect((await describeVolume()).status).toBe(200);
  });
});

describe('survives what has killed another SOAP server:', () => {
  it.each(['//', 'http://[', 'http://x/vbslustre', '/%', '*', '/vbslustre?wsdl?wsdl'])(
    'GET %s',
    async (target) => {
      const bytes = `GET ${target} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n`;
      expect(await sendRaw(service.port, ca, bytes)).toMatch(/^HTTP\/1.1 (200|400|404|405) /);
      expect((await describeVolume()).status).toBe(200);
    },
  );

  it('an element with id="__proto__"', async () => {
    await post({}, '<x id="__proto__"><y href="#__proto__"/><__proto__ a="1"/></x>');
    expect(Object.keys(Object.prototype)).toEqual([]);
    expect((await describeVolume()).status).toBe(200);
  });

  it('clients that go away', async () => {
    const head =
      'POST /vbslustre HTTP/1.1\r\nHost: x\r\nContent-Type: text/xml\r\nContent-Length: 9\r\n\r\n';
    await Promise.all(
      Array.from({ length: 10 }, () => sendAndLeave(service.port, ca, `${head}<x`)),
    );
    expect((await describeVolume()).status).toBe(200);
    expect(service.lines.filter((line) => line.includes('"level":"error"'))).toEqual([]);
  });
});

it('has no more requests at work than it may', async () => {
  const slow = '<DescribeSnapshots xmlns="urn:vbs-lustre:vbslustre:2026-11"></DescribeSnapshots>';
  const first = post({}, signedEnvelope(slow, alice, new Date()));
  await arrived;
  const busy = await describeVolume();
  expect(busy.text).toContain('RequestLimitExceeded');
  expect(busy.status).toBe(500);
  expect(busy.text).toContain('<faultcode>soap:Server</faultcode>');
  expect(busy.text).toContain('SignatureValue');
  release();
  expect((await first).status).toBe(200);
  expect((await describeVolume()).status).toBe(200);
});

it('says that its address is taken', async () => {
  const { port } = service;
  await expect(startService({}, { port })).rejects.toThrow(
    `127.0.0.1:${port} is taken by another program`,
  );
});

it('answers what is at work before it closes', async () => {
  let begun = (): void => {};
  const atWork = new Promise<void>((resolve) => {
    begun = resolve;
  });
  let end = (): void => {};
  const ended = new Promise<void>((resolve) => {
    end = resolve;
  });
  const other = await startService({
    DescribeSnapshots: async () => {
      begun();
      await ended;
      return { snapshotSet: { item: [] } };
    },
  });
  const content =
    '<DescribeSnapshots xmlns="urn:vbs-lustre:vbslustre:2026-11"></DescribeSnapshots>';
  const body = signedEnvelope(content, userOf(other, 'alice'), new Date());
  const answer = http({
    url: other.url,
    ca: other.authority.pem,
    body,
    headers: { Connection: 'close' },
  });
  await atWork;
  const closed = other.server.close(60_000);
  end();
  expect((await answer).status).toBe(200);
  await closed;
  await expect(http({ url: other.url, ca: other.authority.pem, method: 'GET' })).rejects.toThrow(
    'ECONNREFUSED',
  );
});
