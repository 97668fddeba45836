import { randomUUID } from 'node:crypto';
import type { OperationName, Request } from '../support/history.js';

/** Done twice, they are as if done once, and have no client token. */
const REPEATABLE: readonly OperationName[] = ['CreateTags', 'DeleteTags', 'VerifySnapshot'];

/** A request as a careful client sends it: what changes something has a token of its own. */
export function once<O extends OperationName>(operation: O, request: Request<O>): Request<O> {
  if (operation.startsWith('Describe') || REPEATABLE.includes(operation)) return request;
  return { clientToken: randomUUID(), ...request };
}
