import { readFile } from 'node:fs/promises';
import { createLog } from '@vbs-lustre/shared/log';
import { loadIdentity } from '@vbs-lustre/shared/trust/identity';
import { TrustStore } from '@vbs-lustre/shared/trust/trustStore';
import type { ClientOptions } from './connect.js';

const TIMEOUT_MS = 120_000;

/** What a user has got. */
export interface UserFiles {
  url: string;
  /** PEM: the user's certificate, whose subject name is the user id, and its key. */
  certificate: string;
  privateKey: string;
  /** PEM: the authority that certified the service. */
  authority: string;
  /** The subject name (RFC 4514) that the service signs its answers with. */
  service: string;
  /** For an answer; 120,000 if absent. */
  timeoutMs?: number;
}

/**
 * The options of a client, read from files.
 * @throws {Error} naming the file that can't be read, or is not what it should be.
 */
export async function fromFiles(files: UserFiles): Promise<ClientOptions> {
  const { url, certificate, privateKey, authority, service, timeoutMs = TIMEOUT_MS } = files;
  const log = createLog({ service: 'vbs-lustre-client', level: 'error', format: 'text' });
  const trust = await TrustStore.open(authority, log);
  // What it has read stays; a client does not watch the file.
  trust.close();
  return {
    url,
    identity: await loadIdentity(certificate, privateKey),
    trust,
    peers: [service],
    tlsAuthority: await readFile(authority, 'utf8'),
    timeoutMs,
  };
}
