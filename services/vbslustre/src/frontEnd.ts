import type { Handler } from '@vbs-lustre/shared/soap/endpoint';
import type { vbslustre } from '@vbs-lustre/wsdl';
import type { VmmDelegates } from './delegates/vmmDelegates.js';
import type { VolumeDelegates } from './delegates/volumeDelegates.js';
import type { Database } from './metadata/database.js';
import type { Quotas } from './quotas.js';

/** What the operations work with. They keep nothing themselves: any instance can answer any request. */
export interface FrontEnd {
  database: Database;
  volumeDelegates: VolumeDelegates;
  vmmDelegates: VmmDelegates;
  maxVolumeSizeGiB: number;
  /** How many volumes of a snapshot can be kept ready; 0: none are. */
  maxWarmClones: number;
  /** Space that is never taken by such volumes, in bytes. */
  warmCloneMarginBytes: number;
  /** Whether each snapshot gets a SHA-256. */
  checksumSnapshots: boolean;
  /** Of each user. */
  quotas: Quotas;
  /** Subject names. */
  administrators: readonly string[];
  /** Names this process, in leases and events. */
  instance: string;
}

/** An operation that users call. */
export type UserOperation<Name extends keyof vbslustre.VBSLustre> = Handler<
  vbslustre.VBSLustre[Name]
>;

/** An operation that Volume Delegates call. */
export type Callback<Name extends keyof vbslustre.VBSLustreCallback> = Handler<
  vbslustre.VBSLustreCallback[Name]
>;
