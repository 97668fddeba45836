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

/** A client of each front end alone, for administrators. @throws {UsageError} */
export async function connectEachAdministration(
  connection: Connection,
): Promise<{ endpoint: string; client: AdminClient }[]> {
  const { endpoints } = connection;
  const urls = endpoints.map((each) => `${each}-admin`);
  const clients = await clientsOf({ ...connection, endpoints: urls }, connectAdmin, true);
  return clients.map((client, index) => ({ endpoint: endpoints[index] as string, client }));
}

async function connectAll<Client extends object>(
  connection: Connection,
  connect: (options: ClientOptions) => Promise<Client>,
): Promise<Client> {
  return failOver(await clientsOf(connection, connect, connection.endpoints.length > 1));
}

/** @param isImpatient about who can't be connected to */
async function clientsOf<Client extends object>(
  { endpoints, certificate, privateKey, authority, service }: Connection,
  connect: (options: ClientOptions) => Promise<Client>,
  isImpatient: boolean,
): Promise<Client[]> {
  await checkFiles({ certificate, privateKey, authority });
  const [url = ''] = endpoints;
  const options = await fromFiles({ url, certificate, privateKey, authority, service });
  const limits = isImpatient ? { connectTimeoutMs: CONNECT_TIMEOUT_MS } : {};
  return Promise.all(endpoints.map((each) => connect({ ...options, ...limits, url: each })));
}
