import type { Handler } from '@vbs-lustre/shared/soap/endpoint';
import type { vmmDelegate } from '@vbs-lustre/wsdl';
import type { Copies } from '../copies.js';
import type { DeviceCopy } from '../hypervisors/driver.js';
import { assertDevice } from './device.js';
import { assertHost } from './host.js';

type Operation<Name extends 'StartCopy' | 'DescribeCopy' | 'EndCopy'> = Handler<
  vmmDelegate.VmmDelegate[Name]
>;

/** Begins to copy what a machine writes, as it is at one moment of this order. */
export function startCopy(copies: Copies, host: string): Operation<'StartCopy'> {
  return async ({ vmm, ...request }) => {
    assertHost(vmm, host);
    assertDevice(request.device);
    return describe(request.snapshotId, await copies.start(request));
  };
}

export function describeCopy(copies: Copies, host: string): Operation<'DescribeCopy'> {
  return async ({ vmm, instanceId, snapshotId }) => {
    assertHost(vmm, host);
    return describe(snapshotId, await copies.find(instanceId, snapshotId));
  };
}

export function endCopy(copies: Copies, host: string): Operation<'EndCopy'> {
  return async ({ vmm, instanceId, snapshotId }) => {
    assertHost(vmm, host);
    await copies.end(instanceId, snapshotId);
    return describe(snapshotId, undefined);
  };
}

function describe(snapshotId: string, copy: DeviceCopy | undefined) {
  const { state = 'none', bytesDone = 0, message } = copy ?? {};
  return { snapshotId, state, bytesDone, message };
}
