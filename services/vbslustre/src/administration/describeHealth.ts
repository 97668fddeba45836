import type { FrontEnd } from '../frontEnd.js';
import { isHeld } from '../metadata/leases.js';
import { databaseVersion, troubles } from '../metadata/troubles.js';
import { LEASE } from '../reconcile/leader.js';
import type { AdminOperation } from './administration.js';

/** Longer than anything takes to be put right that can be: a host's or a delegate's restart, and some rounds. */
const TROUBLE_SECONDS = 300;
const MAX_TROUBLES = 100;

/** What a front end can say of itself, without anybody else's word. */
export interface Self {
  version: string;
  certificateEnds: Date;
}

/** How this front end and the database are, and what does not get on. */
export function describeHealth(
  { database }: FrontEnd,
  { version, certificateEnds }: Self,
): AdminOperation<'DescribeHealth'> {
  return async () => {
    const found = await troubles(database, TROUBLE_SECONDS, MAX_TROUBLES);
    return {
      ...{ version, time: new Date(), certificateEndTime: certificateEnds },
      database: await databaseVersion(database),
      reconciled: await isHeld(database, LEASE),
      troubleSet: {
        item: found.map(({ since: sinceTime, ...other }) => ({ ...other, sinceTime })),
      },
    };
  };
}
