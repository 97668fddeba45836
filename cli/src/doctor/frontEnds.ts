import type { AdminClient } from '@vbs-lustre/client';
import { ServiceFault } from '@vbs-lustre/shared/faults';
import type { vbslustreAdmin } from '@vbs-lustre/wsdl';
import { time } from '../output/units.js';
import { certificateFindings, clockFindings, type Finding, wrong } from './finding.js';

type Health = vbslustreAdmin.DescribeHealthResponse;

export interface FrontEndLook {
  endpoint: string;
  client: AdminClient;
  /** Undefined if it could not say. */
  health: Health | undefined;
  findings: Finding[];
}

/** Asks one front end how it is. @throws {ServiceFault} if the caller may not ask */
export async function lookAtFrontEnd(endpoint: string, client: AdminClient): Promise<FrontEndLook> {
  const about = `front end ${endpoint}`;
  const sent = Date.now();
  try {
    const health = await client.DescribeHealth({});
    const received = Date.now();
    const middle = (sent + received) / 2;
    const ahead = health.time.getTime() - middle;
    const findings = [
      ...certificateFindings(about, health.certificateEndTime, new Date(received)),
      ...clockFindings(about, ahead, 'that of this host', (received - sent) / 2),
    ];
    return { endpoint, client, health, findings };
  } catch (error) {
    if (error instanceof ServiceFault && error.code === 'AuthFailure') throw error;
    const { message } = error as Error;
    const remedy =
      error instanceof ServiceFault
        ? 'look at its log, and at the database'
        : 'start it; or is the network or the address wrong?';
    return { endpoint, client, health: undefined, findings: [wrong(about, message, remedy)] };
  }
}

/** What is the same whichever front end says it. */
export function serviceFindings({ reconciled, troubleSet }: Health): Finding[] {
  const nobody = wrong(
    'reconciler',
    'no front end puts right what goes wrong',
    'is reconcileSeconds 0? Look at the front ends’ logs',
  );
  return [...(reconciled ? [] : [nobody]), ...troubleSet.item.map(troubleFinding)];
}

function troubleFinding({ kind, id, status, sinceTime }: vbslustreAdmin.Trouble): Finding {
  const since = time(sinceTime);
  if (status === 'lost') {
    const remedy = 'put its file back into the volume directory, or have its owner delete it';
    return wrong(`${kind} ${id}`, `its file is lost since ${since}`, remedy);
  }
  const remedy =
    kind === 'attachment'
      ? 'start the VMM Delegate of its host; if the host is lost, its owner can detach by force'
      : 'start a Volume Delegate, or look at the logs for its id';
  return wrong(
    `${kind} ${id}`,
    `it is ${status} since ${since}, with nobody at work on it`,
    remedy,
  );
}
