import { createHash } from 'node:crypto';
import { ServiceFault } from '@vbs-lustre/shared/faults';
import type { Database } from './database.js';

/** What a client token stands for: the request, for its owner. */
export interface TokenUse {
  owner: string;
  token: string | undefined;
  /** The operation and its parameters. */
  request: object;
}

/**
 * The id of what this very request made before, if the token was used.
 * @throws {ServiceFault} `IdempotentParameterMismatch` if it was used for another request.
 */
export async function findByToken(
  database: Database,
  { owner, token, request }: TokenUse,
): Promise<string | undefined> {
  if (token === undefined) return undefined;
  const row: { request_hash: string; resource_id: string } | undefined = await database(
    'client_tokens',
  )
    .where({ owner, token })
    .first();
  if (row && row.request_hash !== hashOf(request)) {
    throw new ServiceFault(
      'IdempotentParameterMismatch',
      'This clientToken was used for another request; use a new one.',
    );
  }
  return row?.resource_id;
}

/** Binds the token to what is being made. @throws a unique violation if it was used meanwhile. */
export async function bindToken(
  database: Database,
  { owner, token, request }: TokenUse,
  resourceId: string,
): Promise<void> {
  if (token === undefined) return;
  const request_hash = hashOf(request);
  await database('client_tokens').insert({ owner, token, request_hash, resource_id: resourceId });
}

/** A token does not outlive what it made: else a retry would be told of something that is gone. */
export async function releaseTokens(database: Database, resourceId: string): Promise<void> {
  await database('client_tokens').where({ resource_id: resourceId }).delete();
}

function hashOf(request: object): string {
  const given = Object.entries(request).filter(([, value]) => value !== undefined);
  const text = JSON.stringify(given.sort(([a], [b]) => (a < b ? -1 : 1)));
  return createHash('sha256').update(text).digest('hex');
}
