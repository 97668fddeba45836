import { ServiceFault } from '@vbs-lustre/shared/faults';
import type { FrontEnd } from '../frontEnd.js';
import type { Database } from '../metadata/database.js';
import { type DelegateKind, delegateNames, setDrained } from '../metadata/delegates.js';
import { endDryRun } from '../operations/dryRun.js';
import type { AdminOperation } from './administration.js';

/** Gives a delegate nothing new from now on, whatever it says of itself later; or takes that back. */
export function drainDelegate(
  { database }: FrontEnd,
  drained: boolean,
): AdminOperation<'DrainDelegate'> {
  return async ({ kind, name, dryRun }, { log }) => {
    await database.transaction(async (transaction) => {
      if (!(await setDrained(transaction, kind, name, drained))) {
        throw await unknown(transaction, kind);
      }
      endDryRun({ dryRun });
    });
    log.info(drained ? 'a delegate is drained' : 'a delegate is not drained any more', {
      ...{ kind, name },
    });
    return { return: true };
  };
}

async function unknown(database: Database, kind: DelegateKind): Promise<ServiceFault> {
  const names = await delegateNames(database, kind);
  return new ServiceFault(
    'InvalidParameterValue',
    `The parameter name is not that of a delegate of the kind ${kind}; there are: ${names.join(', ') || 'none'}.`,
  );
}
