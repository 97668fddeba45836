import { connectVBSLustre, fromFiles, type VBSLustreClient } from '@vbs-lustre/client';
import { failOver } from './failover.js';
import { checkFiles } from './settings/files.js';
import type { Connection } from './settings/settings.js';

/** For a connection, if there is another front end to ask. */
const CONNECT_TIMEOUT_MS = 15_000;

/** A client of all front ends that are set. @throws {UsageError} if a file is not what it should be */
export async function connectFrontEnds(connection: Connection): Promise<VBSLustreClient> {
  const { endpoints, certificate, privateKey, authority, service } = connection;
  await checkFiles({ certificate, privateKey, authority });
  const [url = ''] = endpoints;
  const options = await fromFiles({ url, certificate, privateKey, authority, service });
  const limits = endpoints.length > 1 ? { connectTimeoutMs: CONNECT_TIMEOUT_MS } : {};
  const clients = endpoints.map((each) => connectVBSLustre({ ...options, ...limits, url: each }));
  return failOver(await Promise.all(clients));
}
