import { ServiceFault } from '@vbs-lustre/shared/faults';
import type { Handler } from '@vbs-lustre/shared/soap/endpoint';
import type { volumeDelegate } from '@vbs-lustre/wsdl';
import { type Exchange, ExchangeError } from '../exchange/exchange.js';
import { checkExchange } from './exchangeNames.js';

/** Whether a user's file can be imported, and how long it is; or whether the name of a new one is free. */
export function describeExchangeFile(
  exchange?: Exchange,
): Handler<volumeDelegate.VolumeDelegate['DescribeExchangeFile']> {
  return async ({ owner, fileName, purpose }) => {
    const name = { owner, fileName };
    const files = checkExchange(exchange, name);
    try {
      if (purpose === 'import') return { sizeBytes: await files.sizeOf(name) };
      await files.checkFree(name);
      return { sizeBytes: 0 };
    } catch (error) {
      if (!(error instanceof ExchangeError)) throw error;
      throw new ServiceFault('InvalidParameterValue', `${sentence(error.message)}.`);
    }
  };
}

function sentence(words: string): string {
  return words.charAt(0).toUpperCase() + words.slice(1);
}
