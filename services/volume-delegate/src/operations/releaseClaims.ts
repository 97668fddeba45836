import type { Handler } from '@vbs-lustre/shared/soap/endpoint';
import type { volumeDelegate } from '@vbs-lustre/wsdl';
import type { ClaimFiles } from '../storage/claimFiles.js';
import { checkId } from './orders.js';

/** Ends the claims of a host that will not take them back itself any more. Those that are not there are fine. */
export function releaseClaims(
  claims: ClaimFiles,
): Handler<volumeDelegate.VolumeDelegate['ReleaseClaims']> {
  return async ({ volumeId, vmm }, { log }) => {
    const released = await claims.release(checkId('vol', 'volumeId', volumeId), vmm);
    log.warn('claims are released by force', { volumeId, vmm, released });
    return { released };
  };
}
