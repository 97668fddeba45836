import { randomUUID } from 'node:crypto';
import { TransportError } from '@vbs-lustre/client';
import { NoAnswer } from './noAnswer.js';

/** What may be done twice without a token. */
const REPEATABLE = /^(Describe|VerifySnapshot$)|(Tags|Quotas|Delegate)$/;

type Operation = (request: { clientToken?: string }) => Promise<object>;

/**
 * One client of several front ends that share their database: a request that one of them can't be reached with, or
 * whose answer is lost, goes to the next one. To repeat it is safe: every change carries a client token, but for those that are
 * done twice as if once.
 * A fault is an answer. The front end that has answered is asked first from then on.
 *
 * @throws {NoAnswer} (its functions) if each of them was tried
 */
export function failOver<Client extends object>(clients: readonly Client[]): Client {
  let preferred = 0;
  const call = async (operation: string, request: object): Promise<object> => {
    const repeatable = REPEATABLE.test(operation) ? request : withToken(request);
    const troubles: TransportError[] = [];
    for (let tries = 0; tries < clients.length; tries++) {
      const client = clients[preferred] as unknown as Record<string, Operation>;
      try {
        return await (client[operation] as Operation)(repeatable);
      } catch (error) {
        if (!(error instanceof TransportError)) throw error;
        troubles.push(error);
        preferred = (preferred + 1) % clients.length;
      }
    }
    throw new NoAnswer(troubles, (repeatable as { clientToken?: string }).clientToken);
  };
  const functions = Object.keys(clients[0] as object).map((operation) => [
    operation,
    (request: object) => call(operation, request),
  ]);
  return Object.fromEntries(functions) as Client;
}

function withToken(request: { clientToken?: string }): { clientToken: string } {
  return { ...request, clientToken: request.clientToken ?? randomUUID() };
}
