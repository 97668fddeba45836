import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  hours,
  identityOf,
  issueUser,
  makeAuthority,
  makeCertificate,
  rsaKeys,
  USAGE,
} from '../testing/certificates.js';
import { labName } from '../testing/der.js';
import { http } from '../testing/http.js';
import { startService, type TestService, userOf } from '../testing/service.js';
import type { Identity } from '../trust/identity.js';
import { signedEnvelope } from '../wssecurity/sign.js';
import type { Page } from './page.js';

const page: Page = {
  admits: (subject) => subject === 'CN=alice,O=Lab',
  answer: async (query) => ({ type: 'text/html; charset=utf-8', text: `for ${query.get('of')}` }),
};
const failing: Page = {
  admits: () => true,
  answer: () => Promise.reject(new Error('/secret/path is gone')),
};

let service: TestService;

beforeAll(async () => {
  const pages = new Map([
    ['/look', page],
    ['/failing', failing],
  ]);
  service = await startService(
    { DescribeSnapshots: async () => ({ snapshotSet: { item: [] } }) },
    { pages },
  );
});

afterAll(() => service.server.close(0));

const shown = ({ certificatePem: cert, privateKeyPem: key }: Identity) => ({ cert, key });

/** Alice's, as it was trusted an hour ago. */
function expired({ authority: issuer }: TestService): Identity {
  const times = { notBefore: hours(-2), notAfter: hours(-1) };
  const usage = USAGE.digitalSignature;
  const name = labName('alice');
  return identityOf(makeCertificate({ name, issuer, keys: rsaKeys(), usage, ...times }));
}

function get(
  path: string,
  tls: object = {},
  method = 'GET',
  { authority, url }: TestService = service,
) {
  return http({ url: new URL(path, url).href, ca: authority.pem, method, ...tls });
}

describe('a page', () => {
  it('is given to who is admitted, to be kept, framed or mixed by nobody', async () => {
    const answer = await get('/look?of=all%20&x', shown(userOf(service, 'alice')));
    expect(answer).toMatchObject({ status: 200, text: 'for all ' });
    expect(answer.headers).toMatchObject({
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': expect.stringMatching(/^default-src 'none'; (?!.*unsafe)/),
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'x-frame-options': 'DENY',
      'referrer-policy': 'no-referrer',
      'cross-origin-resource-policy': 'same-origin',
    });
    expect(answer.headers['content-security-policy']).toContain("frame-ancestors 'none'");
    expect(answer.headers['access-control-allow-origin']).toBeUndefined();
  });

  it.each([
    ['shows none', () => ({}), /^Show a TLS client certificate/],
    [
      'shows a stranger’s',
      () => shown(identityOf(makeCertificate({ name: labName('alice'), keys: rsaKeys() }))),
      /^Show a TLS client certificate/,
    ],
    [
      'shows one of an authority that is not trusted',
      () => shown(issueUser(makeAuthority(), 'alice')),
      /^Show a TLS client certificate/,
    ],
    ['shows an expired one', () => shown(expired(service)), /^Show a TLS client certificate/],
    ['is not admitted', () => shown(userOf(service, 'bob')), /^This page is not for CN=bob,O=Lab/],
  ])('is not given to who %s', async (_, tls, words) => {
    const answer = await get('/look', tls());
    expect(answer).toMatchObject({ status: 403, type: 'text/plain; charset=utf-8' });
    expect(answer.text).toMatch(words);
    expect(answer.headers['x-content-type-options']).toBe('nosniff');
  });

  it.each(['POST', 'HEAD', 'PUT', 'DELETE', 'OPTIONS'])('is not there for %s', async (method) => {
    const answer = await get('/look', shown(userOf(service, 'alice')), method);
    expect(answer.status).toBe(405);
    expect(answer.headers.allow).toBe('GET');
  });

  it('tells nothing of what has gone wrong', async () => {
    const answer = await get('/failing', shown(userOf(service, 'alice')));
    expect(answer).toMatchObject({ status: 500, text: 'Something went wrong in the service.\n' });
    expect(service.lines.at(-1)).toContain('/secret/path');
  });
});

it('who signs needs no certificate in TLS, and what he shows there is not who he is', async () => {
  const content =
    '<DescribeSnapshots xmlns="urn:vbs-lustre:vbslustre:2026-11"></DescribeSnapshots>';
  const { url, authority } = service;
  const body = signedEnvelope(content, issueUser(authority, 'bob'), new Date());
  expect((await http({ url, ca: authority.pem, body })).status).toBe(200);
  const alice = shown(userOf(service, 'alice'));
  expect((await http({ url, ca: authority.pem, body, ...alice })).status).toBe(200);
  expect(service.lines.at(-1)).toContain('"userId":"CN=bob,O=Lab"');
  const unsigned = await http({ url, ca: authority.pem, body: '<x/>', ...alice });
  expect(unsigned.text).not.toContain('DescribeSnapshotsResponse');
});

describe('a certificate is asked for in TLS', () => {
  const asksFor = async ({ port }: TestService) => {
    const client = promisify(execFile)('openssl', ['s_client', '-connect', `127.0.0.1:${port}`]);
    client.child.stdin?.end();
    return (await client).stdout.includes('Requested Signature Algorithms');
  };

  it('where there are pages', async () => {
    expect(await asksFor(service)).toBe(true);
  });

  it('nowhere else, so that browsers ask nobody', async () => {
    const without = await startService({});
    expect(await asksFor(without)).toBe(false);
    expect((await get('/look', {}, 'GET', without)).status).toBe(404);
    await without.server.close(0);
  });
});
