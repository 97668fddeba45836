import { constants } from 'node:crypto';
import type { ServerOptions } from 'node:https';
import type { Identity } from '../trust/identity.js';

/** Forward secrecy and authenticated encryption only (RFC 9325, section 4.2); what TLS 1.3 has is like that. */
const CIPHERS = [
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
].join(':');

const HANDSHAKE_TIMEOUT_MS = 10_000;

/**
 * TLS as a service offers it.
 * @param asksForCertificate whether clients must show a certificate; whose it may be is not for TLS to decide
 */
export function tlsOptions(identity: Identity, asksForCertificate: boolean): ServerOptions {
  return {
    cert: identity.certificatePem,
    key: identity.privateKeyPem,
    minVersion: 'TLSv1.2',
    ciphers: CIPHERS,
    honorCipherOrder: true,
    // Each one costs us a signature, and nobody needs it.
    secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
    handshakeTimeout: HANDSHAKE_TIMEOUT_MS,
    requestCert: asksForCertificate,
    // The trust folder is asked instead, which changes while the service runs.
    rejectUnauthorized: false,
  };
}
