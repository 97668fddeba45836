import { ServiceFault } from '@vbs-lustre/shared/faults';
import { errorFields, type Log } from '@vbs-lustre/shared/log';
import { CommandError } from '@vbs-lustre/shared/process/commandError';
import { ExchangeError } from '../exchange/exchange.js';
import { InsufficientSpaceError } from '../storage/storage.js';
import { hasPart, type Order, partOf } from './job.js';
import { JobError } from './jobError.js';

export function draining(): ServiceFault {
  return new ServiceFault('Unavailable', 'This Volume Delegate takes no more orders.');
}

export function tooMany(): ServiceFault {
  return new ServiceFault('RequestLimitExceeded', 'Too many orders are waiting; try again later.');
}

export function deleted({ id }: Order): ServiceFault {
  return new ServiceFault('IncorrectState', `${id} is deleted.`);
}

/** Why an order is not taken: nothing is promised and nothing is left of it. */
export function refusal(error: unknown, log: Log): unknown {
  if (error instanceof InsufficientSpaceError) {
    return new ServiceFault('InsufficientVolumeCapacity', `There is no room: ${error.message}.`);
  }
  if (!(error instanceof CommandError)) return error;
  log.error('the volume directory cannot be used', errorFields(error));
  return new ServiceFault('Unavailable', 'The volume directory cannot be used now.');
}

/** The answer to an order that is neither taken nor without a trace: it is to be given again. */
export function unfinished(error: Error, log: Log): ServiceFault {
  log.error('an order is not taken back yet', errorFields(error));
  return new ServiceFault(
    'InternalError',
    'The file may be larger than it was; give the order again.',
  );
}

/** Why an order failed: the command's own words, with the file called by the id that its owner knows. */
export function explain(order: Order, error: unknown): string {
  const known =
    error instanceof CommandError ||
    error instanceof JobError ||
    error instanceof ExchangeError ||
    error instanceof InsufficientSpaceError;
  if (!known) {
    const what = order.kind === 'checksum' ? 'read' : 'made';
    return `the file could not be ${what}; the log of the Volume Delegate has the reason`;
  }
  if (!hasPart(order)) return error.message;
  return error.message.replaceAll(partOf(order), order.id);
}
