import { gzipSync } from 'node:zlib';
import { NAMESPACE } from '../../support/raw.js';
import { type Attack, type Shot, sent } from '../support/attack.js';
import { SOURCE } from './sources.js';

const MIB = 1024 * 1024;

function* megabytes(count: number): Iterable<Buffer> {
  const chunk = Buffer.alloc(MIB, 'x');
  for (let index = 0; index < count; index++) yield chunk;
}

const soapAction = (action: string) => (): Shot => ({ headers: { SOAPAction: action } });
const type = (text: string) => (): Shot => ({ headers: { 'Content-Type': text } });
const SOAPACTION = `${SOURCE.soap} 6.1.1; SOAPAction spoofing (WS-Attacker)`;
const CHARSET = 'RFC 7303, section 3';
const BOMB = `${SOURCE.owasp} jumbo payloads`;
const GET = `${SOURCE.cxf} httpget`;

/** Right messages that come in a wrong way, and requests that are no messages. */
export const HTTP: Attack[] = [
  sent(
    {
      name: 'SOAPAction of another operation',
      source: SOAPACTION,
      verdict: 'wsse:InvalidSecurity',
    },
    soapAction(`"${NAMESPACE}/DescribeVolumes"`),
  ),
  sent(
    { name: 'SOAPAction of another service', source: SOAPACTION, verdict: 'wsse:InvalidSecurity' },
    soapAction('"urn:e/DeleteVolume"'),
  ),
  sent(
    { name: 'SOAPAction of 8,000 characters', source: SOAPACTION, verdict: 'wsse:InvalidSecurity' },
    soapAction('x'.repeat(8_000)),
  ),
  sent({ name: 'two SOAPActions', source: SOAPACTION, verdict: 'wsse:InvalidSecurity' }, () => ({
    headers: { SOAPAction: [`"${NAMESPACE}/DeleteVolume"`, `"${NAMESPACE}/DescribeVolumes"`] },
  })),
  sent(
    { name: 'Content-Type of SOAP 1.2', source: `${SOURCE.soap} 6`, verdict: 'HTTP 415' },
    type('application/soap+xml; charset=utf-8'),
  ),
  sent(
    {
      name: 'message with attachments',
      source: 'XML-binary Optimized Packaging',
      verdict: 'HTTP 415',
    },
    type('multipart/related; type="text/xml"; boundary=x'),
  ),
  sent(
    { name: 'a form', source: 'Cross-site request forgery (CWE-352)', verdict: 'HTTP 415' },
    type('text/plain'),
  ),
  sent(
    { name: 'Content-Type of ISO-8859-1', source: CHARSET, verdict: 'HTTP 415' },
    type('text/xml; charset=iso-8859-1'),
  ),
  sent({ name: 'Content-Type of UTF-16', source: CHARSET, verdict: 'HTTP 415' }, ({ text }) => ({
    body: Buffer.from(`\ufeff${text}`, 'utf16le'),
    headers: { 'Content-Type': 'text/xml; charset=utf-16' },
  })),
  sent(
    { name: 'UTF-16 that is said to be UTF-8', source: CHARSET, verdict: 'HTTP 400' },
    ({ text }) => ({ body: Buffer.from(`\ufeff${text}`, 'utf16le') }),
  ),
  sent({ name: 'UTF-16 without a mark', source: CHARSET, verdict: 'not parsed' }, ({ text }) => ({
    body: Buffer.from(text, 'utf16le'),
  })),
  sent({ name: 'UTF-7', source: CHARSET, verdict: 'not parsed' }, ({ text }) => ({
    body: text.replaceAll('<', '+ADw-'),
  })),
  sent(
    { name: 'overlong UTF-8', source: 'RFC 3629, section 10', verdict: 'HTTP 400' },
    ({ text }) => ({
      body: Buffer.concat([Buffer.from([0xc0, 0xbc]), Buffer.from(text.slice(1))]),
    }),
  ),
  sent(
    { name: 'broken UTF-8 in a volume id', source: 'RFC 3629, section 10', verdict: 'HTTP 400' },
    ({ text }) => ({
      body: Buffer.from(text.replace('</volumeId>', '\xff</volumeId>'), 'latin1'),
    }),
  ),
  sent({ name: 'gzip', source: 'RFC 9110, section 8.4', verdict: 'HTTP 415' }, ({ text }) => ({
    body: gzipSync(text),
    headers: { 'Content-Encoding': 'gzip' },
  })),
  sent(
    {
      name: 'truncated gzip',
      source: 'node-soap: a truncated gzip body ends the process',
      verdict: 'HTTP 415',
    },
    ({ text }) => ({
      body: gzipSync(text).subarray(0, 100),
      headers: { 'Content-Encoding': 'gzip' },
    }),
  ),
  sent(
    {
      name: 'gzip that is none',
      source: 'node-soap: a body that is no gzip ends the process',
      verdict: 'HTTP 415',
    },
    () => ({ headers: { 'Content-Encoding': 'gzip' } }),
  ),
  sent({ name: 'gzip of 100 MB', source: BOMB, verdict: 'HTTP 415' }, () => ({
    body: gzipSync(Buffer.alloc(100 * MIB)),
    headers: { 'Content-Encoding': 'gzip' },
  })),
  sent({ name: '100 MB, as announced', source: BOMB, verdict: 'HTTP 413' }, () => ({
    body: () => megabytes(100),
    headers: { 'Content-Length': String(100 * MIB) },
  })),
  sent({ name: '100 MB in chunks', source: BOMB, verdict: 'HTTP 413' }, () => ({
    body: () => megabytes(100),
  })),
  sent({ name: '100 MB behind the message', source: BOMB, verdict: 'HTTP 413' }, ({ text }) => ({
    body: function* () {
      yield Buffer.from(text);
      yield* megabytes(100);
    },
  })),
  sent({ name: '100,000 attributes', source: BOMB, verdict: 'HTTP 413' }, ({ text }) => ({
    body: text.replace(
      '<soap:Header>',
      `<soap:Header><x ${Array.from({ length: 100_000 }, (_, i) => `a${i}=""`).join(' ')}/>`,
    ),
  })),
  sent({ name: '100,000 levels', source: BOMB, verdict: 'HTTP 413' }, ({ text }) => ({
    body: text.replace(
      '<soap:Header>',
      `<soap:Header>${'<x>'.repeat(100_000)}${'</x>'.repeat(100_000)}`,
    ),
  })),
  sent(
    { name: 'GET with an operation in the query', source: GET, verdict: 'HTTP 405' },
    ({ volumeId }) => ({
      ...{ method: 'GET', path: `/vbslustre?op=DeleteVolume&volumeId=${volumeId}` },
    }),
  ),
  sent(
    { name: 'GET with an operation in the path', source: GET, verdict: 'HTTP 404' },
    ({ volumeId }) => ({
      ...{ method: 'GET', path: `/vbslustre/DeleteVolume?volumeId=${volumeId}` },
    }),
  ),
  ...['PUT', 'PATCH', 'DELETE', 'TRACE'].map((method) =>
    sent({ name: `the message by ${method}`, source: GET, verdict: 'HTTP 405' }, () => ({
      method,
    })),
  ),
  sent({ name: 'POST to another path', source: GET, verdict: 'HTTP 404' }, () => ({
    path: '/vbslustre/',
  })),
  sent(
    { name: 'POST to a path that goes up', source: 'Path traversal (CWE-22)', verdict: 'HTTP 404' },
    () => ({ path: '/x/../vbslustre' }),
  ),
];
