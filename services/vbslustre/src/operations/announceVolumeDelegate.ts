import { ServiceFault } from '@vbs-lustre/shared/faults';
import { isId } from '@vbs-lustre/shared/ids';
import type { vbslustre } from '@vbs-lustre/wsdl';
import type { Callback, FrontEnd } from '../frontEnd.js';
import { endLeases, LEASE_SECONDS, renewLeases } from '../metadata/orderLeases.js';
import { noteProgress } from '../metadata/progress.js';
import { seenOf } from './seenOf.js';

const MAX_JOBS = 2 ** 31 - 1;
const VOLUME_TYPE = /^[A-Za-z0-9-]{1,32}$/;

/**
 * A Volume Delegate says that it is there, what it has room for, and which orders it works on. That renews the leases
 * of those; of one that is draining, all others are for other delegates from now on.
 */
export function announceVolumeDelegate({
  database,
  volumeDelegates,
}: FrontEnd): Callback<'AnnounceVolumeDelegate'> {
  const { roster } = volumeDelegates;
  return async (request, caller) => {
    const orderIds = request.orderSet.item.map(({ orderId }) => orderId);
    check(request, orderIds);
    const { url, availableBytes, unfinishedJobs, freeJobs, draining, version } = request;
    const volumeTypes = request.volumeTypeSet?.item.map(({ volumeType }) => volumeType) ?? [];
    const room = { availableBytes, unfinishedJobs, freeJobs };
    const delegate = { url, draining, version, volumeTypes, ...room, ...seenOf(caller) };
    const name = await roster.announced(caller.userId, delegate, caller.log);
    const withdrawn = await renewLeases(database, name, orderIds);
    await noteProgress(database, name, request.progressSet?.item ?? []);
    if (draining) await endLeases(database, name, orderIds);
    return {
      intervalSeconds: roster.intervalSeconds,
      leaseSeconds: LEASE_SECONDS,
      withdrawnSet: { item: withdrawn.map((orderId) => ({ orderId })) },
    };
  };
}

/** @throws {ServiceFault} `InvalidParameterValue` */
function check(request: vbslustre.AnnounceVolumeDelegate, orderIds: readonly string[]): void {
  const { availableBytes, unfinishedJobs, freeJobs } = request;
  const progress = request.progressSet?.item ?? [];
  for (const [parameter, value, max] of [
    ['availableBytes', availableBytes, Number.MAX_SAFE_INTEGER],
    ['unfinishedJobs', unfinishedJobs, MAX_JOBS],
    ['freeJobs', freeJobs, MAX_JOBS],
    ...progress.map((each) => ['bytesDone', each.bytesDone, Number.MAX_SAFE_INTEGER] as const),
  ] as const) {
    if (value < 0 || value > max) {
      throw new ServiceFault(
        'InvalidParameterValue',
        `The parameter ${parameter} is no number of them.`,
      );
    }
  }
  for (const { volumeType } of request.volumeTypeSet?.item ?? []) {
    if (VOLUME_TYPE.test(volumeType)) continue;
    throw new ServiceFault(
      'InvalidParameterValue',
      'The parameter volumeType is no name of letters, digits and dashes.',
    );
  }
  const named = [...orderIds, ...progress.map(({ orderId }) => orderId)];
  if (named.every((orderId) => isId('ord', orderId))) return;
  throw new ServiceFault('InvalidParameterValue', 'The parameter orderId is not an ord- id.');
}
