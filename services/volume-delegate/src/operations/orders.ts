import { ServiceFault } from '@vbs-lustre/shared/faults';
import { type IdKind, isId } from '@vbs-lustre/shared/ids';
import type { Job } from '../jobs/job.js';

/** Names of files are made from these ids: nothing else than an id of the right kind gets through. */
export function checkId(kind: IdKind, parameter: string, value: string): string {
  if (isId(kind, value)) return value;
  throw new ServiceFault(
    'InvalidParameterValue',
    `The parameter ${parameter} is not a ${kind}- id.`,
  );
}

export function checkSize(sizeBytes: number): number {
  if (sizeBytes > 0) return sizeBytes;
  throw new ServiceFault('InvalidParameterValue', 'The parameter sizeBytes is not greater than 0.');
}

/** In the way in which checksums are told. @throws {ServiceFault} `InvalidParameterValue` */
export function checkSha256(parameter: string, value: string): string {
  if (/^[0-9a-f]{64}$/.test(value)) return value;
  throw new ServiceFault('InvalidParameterValue', `The parameter ${parameter} is no SHA-256.`);
}

/**
 * An order that comes too late may have been given to another delegate meanwhile.
 * @throws {ServiceFault} `Unavailable`
 */
export function checkExpiry(expires: Date): void {
  if (expires.getTime() >= Date.now()) return;
  throw new ServiceFault('Unavailable', 'This order came too late.');
}

/** A job as an answer shows it. */
export function describeJob({ order, state, message, method, sha256 }: Job): {
  orderId: string;
  state: string;
  message: string | undefined;
  method: string | undefined;
  sha256: string | undefined;
} {
  return { orderId: order.orderId, state, message, method, sha256 };
}
