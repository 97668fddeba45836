import { ServiceFault } from '@vbs-lustre/shared/faults';
import { type Explanation, explain } from '../explain.js';
import { printable } from '../output/printable.js';

/** As EC2's tools have it: `Client.Code: message`, and 1 for everything that is not as it should be. */
export function explainAsEc2(error: unknown): Explanation {
  const { exitCode, sentence } = explain(error);
  const isFault = error instanceof ServiceFault;
  return {
    exitCode: exitCode === 0 ? 0 : 1,
    sentence: isFault ? printable(`${error.side}.${error.code}: ${error.message}`) : sentence,
  };
}
