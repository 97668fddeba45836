import type { IncomingMessage, ServerResponse } from 'node:http';
import type { TLSSocket } from 'node:tls';
import type { Log } from '../log.js';
import type { Certificate } from '../trust/certificate.js';
import type { TrustStore } from '../trust/trustStore.js';
import { HttpRefusal } from './httpBody.js';

/**
 * Something to look at, for who shows in TLS a certificate that is trusted here and admitted. It must change nothing: a
 * browser shows its user's certificate to whoever has sent it here.
 */
export interface Page {
  /** @param subject of the certificate (RFC 4514) */
  admits(subject: string): boolean;
  /** @throws {HttpRefusal} */
  answer(query: URLSearchParams): Promise<PageAnswer>;
}

export interface PageAnswer {
  /** The Content-Type. */
  type: string;
  text: string;
}

/** Nothing from elsewhere, nothing inline, no frames; kept nowhere, told nobody. */
const HEADERS = {
  'Content-Security-Policy':
    "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; " +
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
  'X-Frame-Options': 'DENY',
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Cache-Control': 'no-store',
} as const;

/** @throws {HttpRefusal} */
export async function servePage(
  page: Page,
  request: IncomingMessage,
  response: ServerResponse,
  trust: TrustStore,
  log: Log,
): Promise<void> {
  if (request.method !== 'GET') throw new HttpRefusal(405, 'GET this page.', { Allow: 'GET' });
  const { subject } = tlsCertificate(request, trust, log);
  if (!page.admits(subject)) {
    log.warn('a page is not for him', { userId: subject });
    throw new HttpRefusal(403, `This page is not for ${subject}.`);
  }
  const [, query] = (request.url ?? '').split('?', 2);
  const { type, text } = await page.answer(new URLSearchParams(query));
  response.writeHead(200, {
    ...HEADERS,
    'Content-Type': type,
    'Content-Length': Buffer.byteLength(text),
  });
  response.end(text);
}

/**
 * The certificate that the client has shown, and proven to be its own, in TLS.
 * @throws {HttpRefusal} if there is none, or it is not trusted here now
 */
export function tlsCertificate(
  { socket }: IncomingMessage,
  trust: TrustStore,
  log: Log,
): Certificate {
  try {
    const peer = (socket as TLSSocket).getPeerX509Certificate();
    if (!peer) throw new Error('there is none');
    return trust.accept(peer.raw, new Date());
  } catch (error) {
    log.warn('no TLS certificate that is trusted', { reason: (error as Error).message });
    throw new HttpRefusal(403, 'Show a TLS client certificate that is trusted here.');
  }
}
