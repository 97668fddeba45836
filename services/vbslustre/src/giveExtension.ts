import type { VolumeDelegateClient } from '@vbs-lustre/client';
import { ServiceFault } from '@vbs-lustre/shared/faults';
import type { volumeDelegate } from '@vbs-lustre/wsdl';
import type { Database } from './metadata/database.js';
import type { Extension } from './metadata/modifications.js';
import { endLease, grantLease, LEASE_SECONDS } from './metadata/orderLeases.js';

const VALID_MS = (LEASE_SECONDS - 5) * 1000;

/**
 * Orders a delegate to extend a volume's file. The order expires before its lease can be over: one that comes later might be
 * another delegate's by then, and two would be at one file.
 */
export function giveExtension(database: Database, { id, orderId, ...sizes }: Extension) {
  const order = { table: 'volumes' as const, id, orderId };
  const { sizeBytes: fromBytes, targetSizeBytes: sizeBytes } = sizes;
  return async (delegate: VolumeDelegateClient): Promise<volumeDelegate.JobResponse> => {
    const expires = new Date(Date.now() + VALID_MS);
    if (!(await grantLease(database, order))) {
      throw new ServiceFault('Unavailable', `${orderId} is not waited for any more.`);
    }
    try {
      return await delegate.ExtendVolumeFile({
        orderId,
        volumeId: id,
        fromBytes,
        sizeBytes,
        expires,
      });
    } catch (error) {
      // Who has not taken it is to keep nobody else from it.
      if (error instanceof ServiceFault) await endLease(database, order);
      throw error;
    }
  };
}
