import type { CallbackClient } from '@vbs-lustre/client';
import { ServiceFault } from '@vbs-lustre/shared/faults';
import type { Caller } from '@vbs-lustre/shared/soap/endpoint';
import type { vbslustre } from '@vbs-lustre/wsdl';
import { log } from '../../jobs/testing/delegate.js';
import { copyRange } from '../../operations/copyRange.js';
import type { RangeWork } from '../rangeWork.js';

const caller: Caller = { userId: 'CN=front-end', requestId: 'req-1', log };

/** A front end that only passes on what one delegate asks of others, which are real. */
export class FakeFrontEnd {
  readonly received: vbslustre.CopyRange[] = [];
  /** Runs before a request is passed on; what it throws is the answer. */
  before: ((request: vbslustre.CopyRange) => void | Promise<void>) | undefined;
  readonly #delegates: Map<string, RangeWork>;

  constructor(delegates: Map<string, RangeWork>) {
    this.#delegates = delegates;
  }

  readonly client = {
    CopyRange: async (request) => {
      this.received.push(request);
      await this.before?.(request);
      const { exceptSet, delegate: named, ...range } = request;
      const asked = exceptSet?.item.map(({ name }) => name) ?? [];
      const delegate = named ?? [...this.#delegates.keys()].find((name) => !asked.includes(name));
      const ranges = this.#delegates.get(delegate ?? '');
      if (delegate === undefined || !ranges) throw new ServiceFault('Unavailable', 'Nobody.');
      const answer = await copyRange(ranges)(range, caller);
      return { requestId: 'req-1', ...answer, delegate };
    },
  } as Pick<CallbackClient, 'CopyRange'> as CallbackClient;
}
