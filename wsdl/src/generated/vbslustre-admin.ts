// Generated from wsdl/vbslustre-admin.wsdl by `npm run generate`: change the WSDL, not this file.

export interface DescribeUsers {
  userId?: string | undefined;
  maxResults?: number | undefined;
  nextToken?: string | undefined;
}

export interface User {
  userId: string;
  volumes: number;
  snapshots: number;
  gib: number;
  attachments: number;
  exports: number;
  lastSeenTime?: Date | undefined;
}

export interface UserSet {
  item: User[];
}

export interface DescribeUsersResponse {
  requestId: string;
  userSet: UserSet;
  nextToken?: string | undefined;
}

export interface DescribeQuotas {
  userId: string;
}

export type QuotaName = 'volumes' | 'snapshots' | 'gib' | 'attachments' | 'exports';

export interface Quota {
  name: QuotaName;
  used: number;
  limit?: number | undefined;
  own: boolean;
}

export interface QuotaSet {
  item: Quota[];
}

export interface DescribeQuotasResponse {
  requestId: string;
  quotaSet: QuotaSet;
}

export interface QuotaChange {
  name: QuotaName;
  limit?: number | undefined;
}

export interface QuotaChangeSet {
  item: QuotaChange[];
}

export interface ModifyQuotas {
  userId: string;
  quotaSet: QuotaChangeSet;
  dryRun?: boolean | undefined;
}

export interface ModifyQuotasResponse {
  requestId: string;
  quotaSet: QuotaSet;
}

export type DescribeDelegates = Record<string, never>;

export type DelegateKind = 'volume' | 'vmm';

export interface Delegate {
  kind: DelegateKind;
  name: string;
  subject: string;
  url: string;
  status: string;
  lastSeenTime: Date;
  draining: boolean;
  drained: boolean;
  availableBytes?: number | undefined;
  jobs?: number | undefined;
  hypervisor?: string | undefined;
  attachments?: number | undefined;
  version?: string | undefined;
  certificateEndTime?: Date | undefined;
  clockAheadMs?: number | undefined;
}

export interface DelegateSet {
  item: Delegate[];
}

export interface DescribeDelegatesResponse {
  requestId: string;
  delegateSet: DelegateSet;
}

export interface DrainDelegate {
  kind: DelegateKind;
  name: string;
  dryRun?: boolean | undefined;
}

export interface DrainDelegateResponse {
  requestId: string;
  return: boolean;
}

export interface UndrainDelegate {
  kind: DelegateKind;
  name: string;
  dryRun?: boolean | undefined;
}

export interface UndrainDelegateResponse {
  requestId: string;
  return: boolean;
}

export interface DescribeOrphans {
  maxResults?: number | undefined;
  nextToken?: string | undefined;
}

export interface Orphan {
  kind: string;
  id: string;
  time: Date;
  reason: string;
  done: string;
  place?: string | undefined;
}

export interface OrphanSet {
  item: Orphan[];
}

export interface DescribeOrphansResponse {
  requestId: string;
  orphanSet: OrphanSet;
  nextToken?: string | undefined;
}

export type DescribeHealth = Record<string, never>;

export interface Trouble {
  kind: string;
  id: string;
  status: string;
  sinceTime: Date;
}

export interface TroubleSet {
  item: Trouble[];
}

export interface DescribeHealthResponse {
  requestId: string;
  version: string;
  time: Date;
  certificateEndTime: Date;
  database: string;
  reconciled: boolean;
  troubleSet: TroubleSet;
}

export interface VBSLustreAdmin {
  DescribeUsers: { request: DescribeUsers; response: DescribeUsersResponse };
  DescribeQuotas: { request: DescribeQuotas; response: DescribeQuotasResponse };
  ModifyQuotas: { request: ModifyQuotas; response: ModifyQuotasResponse };
  DescribeDelegates: { request: DescribeDelegates; response: DescribeDelegatesResponse };
  DrainDelegate: { request: DrainDelegate; response: DrainDelegateResponse };
  UndrainDelegate: { request: UndrainDelegate; response: UndrainDelegateResponse };
  DescribeOrphans: { request: DescribeOrphans; response: DescribeOrphansResponse };
  DescribeHealth: { request: DescribeHealth; response: DescribeHealthResponse };
}
