import { ServiceFault } from '@vbs-lustre/shared/faults';

/**
 * Ends a dry run where everything is found good. Thrown at the end of the transaction that writes the request down, it takes
 * all of that back; nobody else has been asked for anything yet.
 * @throws {ServiceFault} `DryRunOperation`
 */
export function endDryRun({ dryRun }: { dryRun?: boolean | undefined }): void {
  if (!dryRun) return;
  throw new ServiceFault('DryRunOperation', 'It would have been done; without dryRun it will be.');
}
