import { isExchangeFileName } from '@vbs-lustre/shared/exchange';
import { ServiceFault } from '@vbs-lustre/shared/faults';

/** @throws {ServiceFault} `InvalidParameterValue` */
export function checkFileName(fileName: string): void {
  if (isExchangeFileName(fileName)) return;
  throw new ServiceFault(
    'InvalidParameterValue',
    'The parameter fileName is not the plain name of a file in your exchange folder: at most 128 letters, digits, dots, ' +
      'dashes, plus signs and underscores, of which a letter, digit or underscore comes first.',
  );
}
