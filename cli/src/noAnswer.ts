import type { TransportError } from '@vbs-lustre/client';
import { CommandError } from './commandError.js';
import { EXIT } from './exitCodes.js';

/** No front end has given an answer that can be believed. */
export class NoAnswer extends CommandError {
  override readonly name = 'NoAnswer';

  /** @param clientToken of a change; the same request with it is done once */
  constructor(troubles: readonly TransportError[], clientToken?: string) {
    const mayBeDone = troubles.some(({ delivered }) => delivered === 'unknown');
    const advice =
      mayBeDone && clientToken !== undefined
        ? `it may have been done all the same: repeat it with --client-token ${clientToken}, and it is done once`
        : 'check the endpoint, and that a front end runs there';
    super(
      `There is no answer (${troubles.map(({ message }) => message).join('; ')}): ${advice}.`,
      EXIT.noAnswer,
    );
  }
}
