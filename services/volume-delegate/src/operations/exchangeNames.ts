import { isExchangeFileName } from '@vbs-lustre/shared/exchange';
import { ServiceFault } from '@vbs-lustre/shared/faults';
import type { Exchange, ExchangeName } from '../exchange/exchange.js';

/**
 * The exchange, if this site has one, for a name that leads nowhere else.
 * @throws {ServiceFault} `UnsupportedOperation`, `InvalidParameterValue`
 */
export function checkExchange(
  exchange: Exchange | undefined,
  { owner, fileName }: ExchangeName,
): Exchange {
  if (!exchange) {
    const sentence = 'This site has no exchange directory: nothing can be imported or exported.';
    throw new ServiceFault('UnsupportedOperation', sentence);
  }
  if (owner !== '' && isExchangeFileName(fileName)) return exchange;
  const sentence = 'The parameter fileName is not the plain name of a file.';
  throw new ServiceFault('InvalidParameterValue', sentence);
}
