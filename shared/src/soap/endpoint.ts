import type { ServiceFault } from '../faults.js';
import type { Log } from '../log.js';
import { type AlgorithmSuite, MODERN } from '../wssecurity/algorithms.js';
import { type Contract, type Port, portOf } from './contract.js';

/** Who is calling, proven by the signature of this very message. */
export interface Caller {
  /** The subject name of the certificate that signed (paper, section 4.2). */
  userId: string;
  requestId: string;
  log: Log;
  /** By the caller's clock. */
  signedAt?: Date;
  /** When the certificate ends that signed. */
  certificateEnds?: Date;
}

/** A portType as TypeScript sees it: generated from the WSDL. */
export type PortType = Record<string, { request: object; response: { requestId: string } }>;

export type Handler<O extends PortType[string]> = (
  request: O['request'],
  caller: Caller,
) => Promise<Omit<O['response'], 'requestId'>>;

export type Handlers<P> = {
  [K in keyof P]: P[K] extends PortType[string] ? Handler<P[K]> : never;
};

/** One portType at one path, ready to be served. */
export interface Endpoint {
  path: string;
  contract: Contract;
  port: Port;
  /** Operations that change nothing: the same message may arrive twice. */
  readOnly: ReadonlySet<string>;
  /** Operations that come all the time: that they are done is no news. */
  routine: ReadonlySet<string>;
  /** Whether this user may call this operation at all. */
  admits(userId: string, operation: string): boolean;
  /** Callers are services that work on the request of another: its id, which they have signed, is taken over. */
  continuesRequests: boolean;
  /** Whether strangers are told of it: on the page of services, and by its WSDL. */
  isListed: boolean;
  /** What requests may be signed with. */
  algorithms: AlgorithmSuite;
  /** What the client is told of an error that is no fault; undefined: nothing but that. */
  explain(error: unknown): ServiceFault | undefined;
  handlers: Readonly<Record<string, Handler<PortType[string]>>>;
}

interface EndpointOptions<P> {
  path: string;
  admits(userId: string, operation: string): boolean;
  /** Not if absent. */
  continuesRequests?: boolean;
  /** It is if absent. */
  isListed?: boolean;
  /** Without SHA-1 if absent. */
  algorithms?: AlgorithmSuite;
  /** Nothing can be said if absent. */
  explain?(error: unknown): ServiceFault | undefined;
  handlers: Handlers<P>;
}

/**
 * Binds handlers to a portType. Operations that begin with Describe are read-only, those that begin with Announce are
 * routine.
 * @throws {Error} if the contract and the handlers do not have the same operations.
 */
export function endpoint<P>(
  contract: Contract,
  portName: string,
  options: EndpointOptions<P>,
): Endpoint {
  const port = portOf(contract, portName);
  const names = [...port.operations.keys()];
  const handlers = options.handlers as Endpoint['handlers'];
  if (names.toSorted().join() !== Object.keys(handlers).sort().join()) {
    throw new Error(`the handlers of ${portName} are not its operations`);
  }
  return {
    path: options.path,
    contract,
    port,
    readOnly: new Set(names.filter((name) => name.startsWith('Describe'))),
    routine: new Set(names.filter((name) => name.startsWith('Announce'))),
    admits: options.admits,
    continuesRequests: options.continuesRequests ?? false,
    isListed: options.isListed ?? true,
    algorithms: options.algorithms ?? MODERN,
    explain: options.explain ?? (() => undefined),
    handlers,
  };
}
