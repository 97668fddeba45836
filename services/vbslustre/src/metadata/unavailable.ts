import { ServiceFault } from '@vbs-lustre/shared/faults';

/**
 * The database cannot work now. If it was to change something, it may have done so: like an answer that was lost,
 * it proves nothing, so it is no fault that an operation could take for a refusal.
 */
export class DatabaseUnavailable extends Error {
  override readonly name = 'DatabaseUnavailable';
}

/** What a client is told of an error that is the database's trouble. */
export function explainUnavailable(error: unknown): ServiceFault | undefined {
  if (!(error instanceof DatabaseUnavailable)) return undefined;
  return new ServiceFault(
    'Unavailable',
    'The metadata database cannot be used now; try again later. What was asked for may have been done or not: ' +
      'describe it first, or repeat it with the same clientToken.',
  );
}
