import { AsyncLocalStorage } from 'node:async_hooks';

const current = new AsyncLocalStorage<string | undefined>();

/**
 * Does work that belongs to a request: its log lines, and the messages that it sends to other services, carry the id. That
 * also goes for what the work leaves running; undefined begins work that belongs to none.
 */
export function forRequest<T>(requestId: string | undefined, work: () => T): T {
  return current.run(requestId, work);
}

/** The id of the request that the caller works for, if there is one. */
export function currentRequestId(): string | undefined {
  return current.getStore();
}
