import {
  type FaultCode,
  ServiceFault,
  TransportError,
  type VBSLustreClient,
} from '@vbs-lustre/client';
import type { vbslustre } from '@vbs-lustre/wsdl';

export type OperationName = keyof vbslustre.VBSLustre;
export type Request<O extends OperationName> = vbslustre.VBSLustre[O]['request'];
export type Response<O extends OperationName> = vbslustre.VBSLustre[O]['response'];

/** `unknown`: no answer came. `not sent`: nobody was there to take the request. */
export type Outcome = 'acknowledged' | 'unknown' | 'not sent' | FaultCode;

/** One request of one client, and what it was told. Times are of `performance.now()`. */
export interface Deed<O extends OperationName = OperationName> {
  client: string;
  operation: O;
  request: Request<O>;
  begun: number;
  ended: number;
  /** When it ended by the clock, as in the services' logs. */
  time: string;
  outcome: Outcome;
  answer?: Response<O>;
  /** Of a refusal or an error. */
  message?: string;
}

/** Everything that was asked of the front ends. */
export class History {
  readonly deeds: Deed[] = [];

  /** Sends a request and writes down what became of it. Never throws what a service can cause. */
  async call<O extends OperationName>(
    client: string,
    port: VBSLustreClient,
    operation: O,
    request: Request<O>,
  ): Promise<Deed<O>> {
    const begun = performance.now();
    const send = port[operation] as (request: Request<O>) => Promise<Response<O>>;
    const outcome = await send(request).then(
      (answer) => ({ outcome: 'acknowledged' as const, answer }),
      (error: Error) => ({ outcome: outcomeOf(error), message: error.message }),
    );
    const time = new Date().toISOString();
    const deed = { time, client, operation, request, begun, ended: performance.now(), ...outcome };
    this.deeds.push(deed as unknown as Deed);
    return deed as Deed<O>;
  }

  /** One line of JSON for each. */
  toLines(): string {
    return this.deeds.map((deed) => `${JSON.stringify(deed)}\n`).join('');
  }

  of<O extends OperationName>(operation: O): Deed<O>[] {
    return this.deeds.filter((deed) => deed.operation === operation) as unknown as Deed<O>[];
  }
}

/** Whether what was asked for may have happened, or may still happen. */
export function mayHaveHappened({ outcome }: Pick<Deed, 'outcome'>): boolean {
  return OPEN.has(outcome);
}

/** `Unavailable` is also the answer when the front end itself does not know. */
const OPEN = new Set<Outcome>(['acknowledged', 'unknown', 'Unavailable', 'InternalError']);

function outcomeOf(error: Error): Outcome {
  if (error instanceof ServiceFault) return error.code;
  if (error instanceof TransportError) return error.delivered === 'no' ? 'not sent' : 'unknown';
  throw error;
}
