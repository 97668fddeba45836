import type { OperationName, Request } from '../support/history.js';
import type { Ledger } from '../verdicts/ledger.js';
import type { Lane } from './lane.js';

/** An operation whose every step is to be met with a failure. */
export interface Operation {
  /** Of the table. */
  title: string;
  call: OperationName;
  /** Makes what so many requests need, and the requests, without tokens. */
  prepare(lane: Lane, count: number): Promise<Request<OperationName>[]>;
  /** How often what a request asks for has been done. @param made volumes and snapshots that came into being by it */
  results(ledger: Ledger, request: Request<OperationName>, made: ReadonlySet<string>): number;
  /** Waits until what a request is about is as it is to be. */
  ready?(lane: Lane, request: Request<OperationName>): Promise<void>;
  /** Lets go on what waits for somebody who was killed, after each kill. */
  killed?(lane: Lane): void;
  /** Steps of what was begun before, which goes on, or is begun again by whoever was killed. */
  heldUp?: RegExp;
  /** Lets everything end that was held up, when all services have been killed. */
  release?(lane: Lane): void;
  /** Half done it stays so until somebody repeats it: the services wait for the word of a person. */
  waitsForOwner?: boolean;
}
