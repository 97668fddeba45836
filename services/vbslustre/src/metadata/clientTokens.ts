import { createHash } from 'node:crypto';
import { ServiceFault } from '@vbs-lustre/shared/faults';
import { type Database, now } from './database.js';

/** How long a token is known, in milliseconds. */
export const TOKEN_LIFE_MS = 24 * 3_600_000;

/** What a client token stands for: the request, for its owner. */
export interface TokenUse {
  owner: string;
  token: string | undefined;
  /** The operation and its parameters. */
  request: object;
  /** Nothing is to be done. */
  dryRun?: boolean | undefined;
}

/** What a request with this token has done before. */
export interface KnownUse {
  /** The volume or snapshot that was made or deleted, or the order of the attachment. */
  resourceId: string;
  /** What a retry is answered with when there is nothing left to look at. */
  answer: object | undefined;
}

interface Row {
  request_hash: string;
  resource_id: string;
  answer: string | null;
}

/**
 * What this very request has done before, if its token was used within the last day.
 * @throws {ServiceFault} `IdempotentParameterMismatch` if it was used for another request.
 */
export async function findUse(
  database: Database,
  { owner, token, request }: TokenUse,
): Promise<KnownUse | undefined> {
  if (token === undefined) return undefined;
  const row: Row | undefined = await database('client_tokens')
    .where({ owner, token })
    .where('created_at', '>', oldest())
    .first();
  if (!row) return undefined;
  if (row.request_hash !== hashOf(request)) {
    throw new ServiceFault(
      'IdempotentParameterMismatch',
      'This clientToken was used for another request; use a new one.',
    );
  }
  const answer = row.answer === null ? undefined : JSON.parse(row.answer, reviveTimes);
  return { resourceId: row.resource_id, answer };
}

/** The id of what this very request has made before. @throws {ServiceFault} as {@link findUse} does */
export async function findByToken(database: Database, use: TokenUse): Promise<string | undefined> {
  return (await findUse(database, use))?.resourceId;
}

/**
 * Binds the token to what is being done, and forgets those of everybody that have ended.
 * @param answer what it will have been; without one the token is released when its resource ends
 * @throws a unique violation if the token was used meanwhile.
 */
export async function bindToken(
  database: Database,
  { owner, token, request }: TokenUse,
  resourceId: string,
  answer?: object,
): Promise<void> {
  if (token === undefined) return;
  const tokens = (): ReturnType<Database> => database('client_tokens');
  await tokens().where('created_at', '<=', oldest()).delete();
  await tokens().insert({
    ...{ owner, token, resource_id: resourceId, request_hash: hashOf(request) },
    ...{ answer: answer ? JSON.stringify(answer) : null, created_at: now() },
  });
}

/** What was done for the tokens of a resource that have no answer yet. */
export async function answerTokens(
  database: Database,
  resourceId: string,
  answer: object,
): Promise<void> {
  await database('client_tokens')
    .where({ resource_id: resourceId, answer: null })
    .update({ answer: JSON.stringify(answer) });
}

/** What it has made has another id than the token was bound to, in the same transaction. */
export async function rebindToken(
  transaction: Database,
  { owner, token }: TokenUse,
  resourceId: string,
): Promise<void> {
  if (token === undefined) return;
  await transaction('client_tokens').where({ owner, token }).update({ resource_id: resourceId });
}

/** Another answer than the one that the token was bound with. */
export async function changeAnswer(
  database: Database,
  { owner, token }: TokenUse,
  answer: object,
): Promise<void> {
  if (token === undefined) return;
  await database('client_tokens')
    .where({ owner, token })
    .update({ answer: JSON.stringify(answer) });
}

/** Nothing was done: the token may be used for something else. */
export async function releaseToken(database: Database, { owner, token }: TokenUse): Promise<void> {
  if (token !== undefined) await database('client_tokens').where({ owner, token }).delete();
}

/** A token without an answer does not outlive its resource: else a retry would be told of something that is gone. */
export async function releaseTokens(database: Database, resourceId: string): Promise<void> {
  await database('client_tokens').where({ resource_id: resourceId, answer: null }).delete();
}

/**
 * Notes that a retry is about to be told of what its token has made, which is not taken back from now on.
 * @returns false if it was taken back
 */
export async function tell(database: Database, { owner, token }: TokenUse): Promise<boolean> {
  if (token === undefined) return false;
  return (await database('client_tokens').where({ owner, token }).update({ told: true })) > 0;
}

/** Releases the tokens of a resource. @returns false if somebody was told of it: then those stay */
export async function releaseUntold(database: Database, resourceId: string): Promise<boolean> {
  const tokens = () => database('client_tokens').where({ resource_id: resourceId });
  await tokens().where({ told: false }).delete();
  return (await tokens().first()) === undefined;
}

/** Releases a token unless somebody was told of what it stands for. @returns false if so */
export async function releaseIfUntold(
  database: Database,
  { owner, token }: TokenUse,
): Promise<boolean> {
  if (token === undefined) return true;
  return (await database('client_tokens').where({ owner, token, told: false }).delete()) > 0;
}

function oldest(): string {
  return new Date(Date.now() - TOKEN_LIFE_MS).toISOString();
}

/** The only dates in answers are called so. */
function reviveTimes(key: string, value: unknown): unknown {
  return key.endsWith('Time') && typeof value === 'string' ? new Date(value) : value;
}

function hashOf(request: object): string {
  const given = Object.entries(request).filter(([, value]) => value !== undefined);
  const text = JSON.stringify(given.sort(([a], [b]) => (a < b ? -1 : 1)));
  return createHash('sha256').update(text).digest('hex');
}
