import { once } from 'node:events';
import { createServer } from 'node:net';
import type { Log } from '../log.js';
import { type Contract, loadContract, portOf } from '../soap/contract.js';
import { type Endpoint, endpoint, type Handler, type PortType } from '../soap/endpoint.js';
import { type ServerOptions, SoapServer } from '../soap/httpServer.js';
import { MemoryReplayCache } from '../wssecurity/replay.js';
import {
  type Issued,
  identityOf,
  issueUser,
  makeAuthority,
  makeCertificate,
  rsaKeys,
  USAGE,
} from './certificates.js';
import { labName } from './der.js';
import { quietLog, trustOf } from './trust.js';

export const CONTRACT_FILE = new URL('../../../wsdl/vbslustre.wsdl', import.meta.url);
export const NAMESPACE = 'urn:vbs-lustre:vbslustre:2026-11';

export type AnyHandler = Handler<PortType[string]>;

/** The front end's endpoint, with these handlers; every other operation fails. */
export function frontEnd(contract: Contract, handlers: Record<string, AnyHandler>): Endpoint {
  const all = [...portOf(contract, 'VBSLustre').operations.keys()].map(
    (name): [string, AnyHandler] => [
      name,
      handlers[name] ?? (() => Promise.reject(new Error(`${name} is not in this test`))),
    ],
  );
  return endpoint<Record<string, PortType[string]>>(contract, 'VBSLustre', {
    path: '/vbslustre',
    admits: (userId) => userId !== 'CN=banned,O=Lab',
    handlers: Object.fromEntries(all),
  });
}

export interface TestService {
  server: SoapServer;
  url: string;
  port: number;
  authority: Issued;
  contract: Contract;
  lines: string[];
  log: Log;
}

/** A service on a free port, with a certificate for `localhost` of an authority that it trusts. */
export async function startService(
  handlers: Record<string, AnyHandler>,
  options: Partial<ServerOptions> = {},
): Promise<TestService> {
  const authority = makeAuthority();
  const certificate = makeCertificate({
    name: labName('service'),
    issuer: authority,
    keys: rsaKeys(),
    usage: USAGE.digitalSignature,
    serverName: 'localhost',
  });
  const contract = await loadContract(CONTRACT_FILE);
  const port = await freePort();
  const { log, lines } = quietLog();
  const server = new SoapServer({
    host: '127.0.0.1',
    port,
    publicUrl: 'https://127.0.0.1:8443',
    maxConcurrentRequests: 10,
    maxConnectionsPerClient: 100,
    requiresTlsCertificate: false,
    endpoints: [frontEnd(contract, handlers)],
    security: {
      identity: identityOf(certificate),
      trust: await trustOf(authority.pem),
      replay: new MemoryReplayCache(),
    },
    log,
    ...options,
  });
  await server.listen();
  return {
    server,
    url: `https://localhost:${port}/vbslustre`,
    port,
    authority,
    contract,
    lines,
    log,
  };
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

/** A user of the service's authority. */
export const userOf = ({ authority }: TestService, commonName: string) =>
  issueUser(authority, commonName);
