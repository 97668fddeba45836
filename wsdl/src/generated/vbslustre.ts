// Generated from wsdl/vbslustre.wsdl by `npm run generate`: change the WSDL, not this file.

export interface Tag {
  key: string;
  value?: string | undefined;
}

export interface TagSet {
  item: Tag[];
}

export interface CreateVolume {
  size?: number | undefined;
  sizeMiB?: number | undefined;
  snapshotId?: string | undefined;
  clientToken?: string | undefined;
  tagSet?: TagSet | undefined;
  dryRun?: boolean | undefined;
  volumeType?: string | undefined;
  readOnly?: boolean | undefined;
}

export type AttachMode = 'r' | 'w';

export interface Attachment {
  volumeId: string;
  instanceId: string;
  vmm: string;
  device: string;
  attachMode: AttachMode;
  status: string;
  attachTime: Date;
}

export interface AttachmentSet {
  item: Attachment[];
}

export interface VolumeResponse {
  requestId: string;
  volumeId: string;
  size: number;
  sizeBytes: number;
  snapshotId?: string | undefined;
  status: string;
  statusMessage?: string | undefined;
  createTime: Date;
  attachmentSet: AttachmentSet;
  tagSet?: TagSet | undefined;
  progress?: string | undefined;
  bytesDone?: number | undefined;
  snapshotConsistency?: string | undefined;
  modificationState?: string | undefined;
  targetSize?: number | undefined;
  targetSizeBytes?: number | undefined;
  modificationMessage?: string | undefined;
  volumeType?: string | undefined;
  readOnly?: boolean | undefined;
  creationMethod?: string | undefined;
}

export interface ModifyVolume {
  volumeId: string;
  size?: number | undefined;
  sizeMiB?: number | undefined;
  clientToken?: string | undefined;
  dryRun?: boolean | undefined;
}

export interface DeleteVolume {
  volumeId: string;
  clientToken?: string | undefined;
  dryRun?: boolean | undefined;
}

export interface DeleteResponse {
  requestId: string;
  return: boolean;
}

export interface DescribeVolume {
  volumeId: string;
}

export interface VolumeIdItem {
  volumeId: string;
}

export interface VolumeIdSet {
  item: VolumeIdItem[];
}

export interface FilterValueItem {
  value?: string | undefined;
}

export interface FilterValueSet {
  item: FilterValueItem[];
}

export interface Filter {
  name: string;
  valueSet: FilterValueSet;
}

export interface FilterSet {
  item: Filter[];
}

export interface DescribeVolumes {
  volumeSet?: VolumeIdSet | undefined;
  filterSet?: FilterSet | undefined;
  maxResults?: number | undefined;
  nextToken?: string | undefined;
}

export interface Volume {
  volumeId: string;
  size: number;
  sizeBytes: number;
  snapshotId?: string | undefined;
  status: string;
  statusMessage?: string | undefined;
  createTime: Date;
  attachmentSet: AttachmentSet;
  tagSet?: TagSet | undefined;
  progress?: string | undefined;
  bytesDone?: number | undefined;
  snapshotConsistency?: string | undefined;
  modificationState?: string | undefined;
  targetSize?: number | undefined;
  targetSizeBytes?: number | undefined;
  modificationMessage?: string | undefined;
  volumeType?: string | undefined;
  readOnly?: boolean | undefined;
  creationMethod?: string | undefined;
}

export interface VolumeSet {
  item: Volume[];
}

export interface DescribeVolumesResponse {
  requestId: string;
  volumeSet: VolumeSet;
  nextToken?: string | undefined;
}

export interface CreateSnapshot {
  volumeId: string;
  description?: string | undefined;
  clientToken?: string | undefined;
  tagSet?: TagSet | undefined;
  dryRun?: boolean | undefined;
  force?: boolean | undefined;
  maxPauseMilliseconds?: number | undefined;
  checksum?: boolean | undefined;
}

export interface SnapshotResponse {
  requestId: string;
  snapshotId: string;
  volumeId: string;
  size: number;
  sizeBytes: number;
  description?: string | undefined;
  status: string;
  statusMessage?: string | undefined;
  createTime: Date;
  tagSet?: TagSet | undefined;
  progress?: string | undefined;
  bytesDone?: number | undefined;
  consistency?: string | undefined;
  ownerId?: string | undefined;
  creationMethod?: string | undefined;
  sha256?: string | undefined;
  verifyState?: string | undefined;
  verifyTime?: Date | undefined;
  verifyMessage?: string | undefined;
}

export interface DeleteSnapshot {
  snapshotId: string;
  clientToken?: string | undefined;
  dryRun?: boolean | undefined;
}

export interface VerifySnapshot {
  snapshotId: string;
  dryRun?: boolean | undefined;
}

export interface DescribeSnapshot {
  snapshotId: string;
}

export interface SnapshotIdItem {
  snapshotId: string;
}

export interface SnapshotIdSet {
  item: SnapshotIdItem[];
}

export interface OwnerItem {
  owner: string;
}

export interface OwnerSet {
  item: OwnerItem[];
}

export interface RestorableByItem {
  user: string;
}

export interface RestorableBySet {
  item: RestorableByItem[];
}

export interface DescribeSnapshots {
  snapshotSet?: SnapshotIdSet | undefined;
  filterSet?: FilterSet | undefined;
  maxResults?: number | undefined;
  nextToken?: string | undefined;
  ownersSet?: OwnerSet | undefined;
  restorableBySet?: RestorableBySet | undefined;
}

export interface Snapshot {
  snapshotId: string;
  volumeId: string;
  size: number;
  sizeBytes: number;
  description?: string | undefined;
  status: string;
  statusMessage?: string | undefined;
  createTime: Date;
  tagSet?: TagSet | undefined;
  progress?: string | undefined;
  bytesDone?: number | undefined;
  consistency?: string | undefined;
  ownerId?: string | undefined;
  creationMethod?: string | undefined;
  sha256?: string | undefined;
  verifyState?: string | undefined;
  verifyTime?: Date | undefined;
  verifyMessage?: string | undefined;
}

export interface SnapshotSet {
  item: Snapshot[];
}

export interface DescribeSnapshotsResponse {
  requestId: string;
  snapshotSet: SnapshotSet;
  nextToken?: string | undefined;
}

export type OperationType = 'add' | 'remove';

export interface UserIdItem {
  userId: string;
}

export interface UserIdSet {
  item: UserIdItem[];
}

export interface ModifySnapshotAttribute {
  snapshotId: string;
  attributeName?: string | undefined;
  operationType: OperationType;
  userIdSet?: UserIdSet | undefined;
  group?: string | undefined;
  clientToken?: string | undefined;
  dryRun?: boolean | undefined;
}

export interface ModifySnapshotAttributeResponse {
  requestId: string;
  return: boolean;
}

export interface DescribeSnapshotAttribute {
  snapshotId: string;
  attributeName?: string | undefined;
}

export interface Permission {
  userId?: string | undefined;
  group?: string | undefined;
}

export interface PermissionSet {
  item: Permission[];
}

export interface DescribeSnapshotAttributeResponse {
  requestId: string;
  snapshotId: string;
  createVolumePermission: PermissionSet;
}

export interface EnableFastSnapshotRestores {
  snapshotId: string;
  count: number;
  clientToken?: string | undefined;
  dryRun?: boolean | undefined;
}

export interface EnableFastSnapshotRestoresResponse {
  requestId: string;
  return: boolean;
}

export interface DisableFastSnapshotRestores {
  snapshotId: string;
  clientToken?: string | undefined;
  dryRun?: boolean | undefined;
}

export interface DisableFastSnapshotRestoresResponse {
  requestId: string;
  return: boolean;
}

export interface DescribeFastSnapshotRestores {
  snapshotSet?: SnapshotIdSet | undefined;
  maxResults?: number | undefined;
  nextToken?: string | undefined;
}

export interface FastSnapshotRestore {
  snapshotId: string;
  state: string;
  stateTransitionReason?: string | undefined;
  count: number;
  readyCount: number;
  createTime: Date;
}

export interface FastSnapshotRestoreSet {
  item: FastSnapshotRestore[];
}

export interface DescribeFastSnapshotRestoresResponse {
  requestId: string;
  fastSnapshotRestoreSet: FastSnapshotRestoreSet;
  nextToken?: string | undefined;
}

export interface AttachVolume {
  volumeId: string;
  instanceId: string;
  vmm: string;
  device: string;
  attachMode: AttachMode;
  clientToken?: string | undefined;
  dryRun?: boolean | undefined;
}

export interface AttachmentResponse {
  requestId: string;
  volumeId: string;
  instanceId: string;
  vmm: string;
  device: string;
  attachMode: AttachMode;
  status: string;
  attachTime: Date;
}

export interface DetachVolume {
  volumeId: string;
  instanceId?: string | undefined;
  vmm?: string | undefined;
  device?: string | undefined;
  force?: boolean | undefined;
  acceptRisk?: boolean | undefined;
  clientToken?: string | undefined;
  dryRun?: boolean | undefined;
}

export interface DetachVolumeResponse {
  requestId: string;
  volumeId: string;
  instanceId: string;
  vmm: string;
  device: string;
  attachMode: AttachMode;
  status: string;
  attachTime: Date;
  warning?: string | undefined;
}

export interface ResourceIdItem {
  resourceId: string;
}

export interface ResourceIdSet {
  item: ResourceIdItem[];
}

export interface CreateTags {
  resourcesSet: ResourceIdSet;
  tagSet: TagSet;
  dryRun?: boolean | undefined;
}

export interface TagsResponse {
  requestId: string;
  return: boolean;
}

export interface DeleteTags {
  resourcesSet: ResourceIdSet;
  tagSet?: TagSet | undefined;
  dryRun?: boolean | undefined;
}

export interface DescribeEvents {
  resourceId: string;
  maxResults?: number | undefined;
  nextToken?: string | undefined;
}

export interface Event {
  time: Date;
  action: string;
  reason: string;
  instanceId?: string | undefined;
  vmm?: string | undefined;
  device?: string | undefined;
}

export interface EventSet {
  item: Event[];
}

export interface DescribeEventsResponse {
  requestId: string;
  eventSet: EventSet;
  nextToken?: string | undefined;
}

export type DescribeLimits = Record<string, never>;

export interface Limit {
  name: string;
  used: number;
  limit?: number | undefined;
}

export interface LimitSet {
  item: Limit[];
}

export interface DescribeLimitsResponse {
  requestId: string;
  limitSet: LimitSet;
  exchangeFolder?: string | undefined;
}

export interface ImportVolume {
  fileName: string;
  format?: string | undefined;
  size?: number | undefined;
  sizeMiB?: number | undefined;
  clientToken?: string | undefined;
  tagSet?: TagSet | undefined;
  dryRun?: boolean | undefined;
}

export interface ExportVolume {
  volumeId?: string | undefined;
  snapshotId?: string | undefined;
  fileName: string;
  clientToken?: string | undefined;
  dryRun?: boolean | undefined;
}

export interface ExportTask {
  exportTaskId: string;
  volumeId?: string | undefined;
  snapshotId?: string | undefined;
  fileName: string;
  exchangeFolder: string;
  state: string;
  statusMessage?: string | undefined;
  sizeBytes: number;
  createTime: Date;
  progress?: string | undefined;
  bytesDone?: number | undefined;
}

export interface ExportVolumeResponse {
  requestId: string;
  exportTask: ExportTask;
}

export interface ExportTaskIdItem {
  exportTaskId: string;
}

export interface ExportTaskIdSet {
  item: ExportTaskIdItem[];
}

export interface DescribeExportTasks {
  exportTaskSet?: ExportTaskIdSet | undefined;
  maxResults?: number | undefined;
  nextToken?: string | undefined;
}

export interface ExportTaskSet {
  item: ExportTask[];
}

export interface DescribeExportTasksResponse {
  requestId: string;
  exportTaskSet: ExportTaskSet;
  nextToken?: string | undefined;
}

export interface UpdateVolumeStatus {
  orderId: string;
  volumeId: string;
  status: string;
  message?: string | undefined;
  method?: string | undefined;
}

export interface UpdateVolumeStatusResponse {
  requestId: string;
}

export interface UpdateSnapshotStatus {
  orderId: string;
  snapshotId: string;
  status: string;
  message?: string | undefined;
  method?: string | undefined;
  sha256?: string | undefined;
}

export interface UpdateSnapshotStatusResponse {
  requestId: string;
}

export interface UpdateExportStatus {
  orderId: string;
  exportTaskId: string;
  status: string;
  message?: string | undefined;
}

export interface UpdateExportStatusResponse {
  requestId: string;
}

export interface OrderIdItem {
  orderId: string;
}

export interface OrderIdSet {
  item: OrderIdItem[];
}

export interface Progress {
  orderId: string;
  bytesDone: number;
}

export interface ProgressSet {
  item: Progress[];
}

export interface VolumeTypeItem {
  volumeType: string;
}

export interface VolumeTypeSet {
  item: VolumeTypeItem[];
}

export interface AnnounceVolumeDelegate {
  url: string;
  availableBytes: number;
  unfinishedJobs: number;
  freeJobs: number;
  orderSet: OrderIdSet;
  draining: boolean;
  progressSet?: ProgressSet | undefined;
  volumeTypeSet?: VolumeTypeSet | undefined;
  version?: string | undefined;
}

export interface AnnounceVolumeDelegateResponse {
  requestId: string;
  intervalSeconds: number;
  leaseSeconds: number;
  withdrawnSet: OrderIdSet;
}

export interface DelegateNameItem {
  name: string;
}

export interface DelegateNameSet {
  item: DelegateNameItem[];
}

export interface CopyRange {
  orderId: string;
  fileId: string;
  sizeBytes: number;
  attempt: string;
  sourceId: string;
  worker?: string | undefined;
  from?: number | undefined;
  to?: number | undefined;
  end?: boolean | undefined;
  delegate?: string | undefined;
  exceptSet?: DelegateNameSet | undefined;
}

export interface CopyRangeResponse {
  requestId: string;
  state: string;
  worker: string;
  bytesDone?: number | undefined;
  delegate: string;
}

export interface AnnounceVmmDelegate {
  url: string;
  hypervisor: string;
  draining: boolean;
  resizes?: boolean | undefined;
  version?: string | undefined;
  copies?: boolean | undefined;
}

export interface AnnounceVmmDelegateResponse {
  requestId: string;
  intervalSeconds: number;
}

export interface VBSLustre {
  CreateVolume: { request: CreateVolume; response: VolumeResponse };
  ModifyVolume: { request: ModifyVolume; response: VolumeResponse };
  DeleteVolume: { request: DeleteVolume; response: DeleteResponse };
  DescribeVolume: { request: DescribeVolume; response: VolumeResponse };
  DescribeVolumes: { request: DescribeVolumes; response: DescribeVolumesResponse };
  CreateSnapshot: { request: CreateSnapshot; response: SnapshotResponse };
  DeleteSnapshot: { request: DeleteSnapshot; response: DeleteResponse };
  VerifySnapshot: { request: VerifySnapshot; response: SnapshotResponse };
  DescribeSnapshot: { request: DescribeSnapshot; response: SnapshotResponse };
  DescribeSnapshots: { request: DescribeSnapshots; response: DescribeSnapshotsResponse };
  ModifySnapshotAttribute: { request: ModifySnapshotAttribute; response: ModifySnapshotAttributeResponse };
  DescribeSnapshotAttribute: { request: DescribeSnapshotAttribute; response: DescribeSnapshotAttributeResponse };
  EnableFastSnapshotRestores: { request: EnableFastSnapshotRestores; response: EnableFastSnapshotRestoresResponse };
  DisableFastSnapshotRestores: { request: DisableFastSnapshotRestores; response: DisableFastSnapshotRestoresResponse };
  DescribeFastSnapshotRestores: { request: DescribeFastSnapshotRestores; response: DescribeFastSnapshotRestoresResponse };
  AttachVolume: { request: AttachVolume; response: AttachmentResponse };
  DetachVolume: { request: DetachVolume; response: DetachVolumeResponse };
  CreateTags: { request: CreateTags; response: TagsResponse };
  DeleteTags: { request: DeleteTags; response: TagsResponse };
  DescribeEvents: { request: DescribeEvents; response: DescribeEventsResponse };
  DescribeLimits: { request: DescribeLimits; response: DescribeLimitsResponse };
  ImportVolume: { request: ImportVolume; response: VolumeResponse };
  ExportVolume: { request: ExportVolume; response: ExportVolumeResponse };
  DescribeExportTasks: { request: DescribeExportTasks; response: DescribeExportTasksResponse };
}

export interface VBSLustreCallback {
  UpdateVolumeStatus: { request: UpdateVolumeStatus; response: UpdateVolumeStatusResponse };
  UpdateSnapshotStatus: { request: UpdateSnapshotStatus; response: UpdateSnapshotStatusResponse };
  UpdateExportStatus: { request: UpdateExportStatus; response: UpdateExportStatusResponse };
  AnnounceVolumeDelegate: { request: AnnounceVolumeDelegate; response: AnnounceVolumeDelegateResponse };
  CopyRange: { request: CopyRange; response: CopyRangeResponse };
  AnnounceVmmDelegate: { request: AnnounceVmmDelegate; response: AnnounceVmmDelegateResponse };
}
