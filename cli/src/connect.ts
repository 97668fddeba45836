import {
  type AdminClient,
  type ClientOptions,
  connectAdmin,
  connectVBSLustre,
  fromFiles,
  type VBSLustreClient,
} from '@vbs-lustre/client';
import { failOver } from './failover.js';
import { checkFiles } from './settings/files.js';
import type { Connection } from './settings/settings.js';

/** For a connection, if there is another front end to ask. */
const CONNECT_TIMEOUT_MS = 15_000;

/** A client of all front ends that are set. @throws {UsageError} if a file is not what it should be */
export function connectFrontEnds(connection: Connection): Promise<VBSLustreClient> {
  return connectAll(connection, connectVBSLustre);
}

/** As {@link connectFrontEnds}, for administrators: at the same addresses, but for the end of their paths. */
export function connectAdministration(connection: Connection): Promise<AdminClient> {
  const endpoints = connection.endpoints.map((each) => `${each}-admin`);
  return connectAll({ ...connection, endpoints }, connectAdmin);
}

async function connectAll<Client extends object>(
  { endpoints, certificate, privateKey, authority, service }: Connection,
  connect: (options: ClientOptions) => Promise<Client>,
): Promise<Client> {
  await checkFiles({ certificate, privateKey, authority });
  const [url = ''] = endpoints;
  const options = await fromFiles({ url, certificate, privateKey, authority, service });
  const limits = endpoints.length > 1 ? { connectTimeoutMs: CONNECT_TIMEOUT_MS } : {};
  const clients = endpoints.map((each) => connect({ ...options, ...limits, url: each }));
  return failOver(await Promise.all(clients));
}
