// Generated from wsdl/volume-delegate.wsdl by `npm run generate`: change the WSDL, not this file.

export interface ExchangeFile {
  owner: string;
  fileName: string;
  sizeBytes: number;
}

export interface SnapshotData {
  sha256: string;
  sizeBytes: number;
}

export interface CreateVolumeFile {
  orderId: string;
  volumeId: string;
  sizeBytes: number;
  snapshotId?: string | undefined;
  importFrom?: ExchangeFile | undefined;
  volumeType?: string | undefined;
  readOnly?: boolean | undefined;
  snapshotData?: SnapshotData | undefined;
}

export interface JobResponse {
  requestId: string;
  orderId: string;
  state: string;
  message?: string | undefined;
  method?: string | undefined;
  sha256?: string | undefined;
}

export interface ExtendVolumeFile {
  orderId: string;
  volumeId: string;
  fromBytes: number;
  sizeBytes: number;
  expires: Date;
}

export interface CreateSnapshotFile {
  orderId: string;
  snapshotId: string;
  volumeId: string;
  sizeBytes: number;
  isFilled?: boolean | undefined;
  checksum?: boolean | undefined;
}

export interface ChecksumSnapshotFile {
  orderId: string;
  snapshotId: string;
  sizeBytes: number;
}

export interface ExportFile {
  orderId: string;
  exportTaskId: string;
  sourceId: string;
  sizeBytes: number;
  owner: string;
  fileName: string;
}

export type ExchangePurpose = 'import' | 'export';

export interface DescribeExchangeFile {
  owner: string;
  fileName: string;
  purpose: ExchangePurpose;
}

export interface DescribeExchangeFileResponse {
  requestId: string;
  sizeBytes: number;
}

export interface DeleteFile {
  orderId: string;
  volumeId?: string | undefined;
  snapshotId?: string | undefined;
}

export interface ReleaseClaims {
  volumeId: string;
  vmm: string;
}

export interface ReleaseClaimsResponse {
  requestId: string;
  released: number;
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
}

export interface CopyRangeResponse {
  requestId: string;
  state: string;
  worker: string;
  bytesDone?: number | undefined;
}

export interface DescribeJob {
  orderId: string;
}

export type DescribeFreeSpace = Record<string, never>;

export interface Target {
  id: string;
  availableBytes: number;
}

export interface TargetSet {
  item: Target[];
}

export interface DescribeFreeSpaceResponse {
  requestId: string;
  availableBytes: number;
  targetSet: TargetSet;
}

export type FileKind = 'volume' | 'snapshot' | 'part';

export interface DescribeFiles {
  kind: FileKind;
  after?: string | undefined;
}

export interface File {
  name: string;
  sizeBytes?: number | undefined;
  mode?: string | undefined;
  ageSeconds?: number | undefined;
  orderId?: string | undefined;
}

export interface FileSet {
  item: File[];
}

export interface DescribeFilesResponse {
  requestId: string;
  fileSet: FileSet;
  more: boolean;
}

export interface SetFileAside {
  orderId: string;
  name: string;
}

export interface SetFileAsideResponse {
  requestId: string;
  orderId: string;
}

export type DescribeHealth = Record<string, never>;

export interface DescribeHealthResponse {
  requestId: string;
  status: string;
  storage: string;
  jobs: number;
}

export interface PrepareSnapshotFile {
  orderId: string;
  snapshotId: string;
  sizeBytes: number;
}

export interface DropSnapshotFile {
  orderId: string;
  snapshotId: string;
  sizeBytes: number;
}

export interface VolumeDelegate {
  CreateVolumeFile: { request: CreateVolumeFile; response: JobResponse };
  ExtendVolumeFile: { request: ExtendVolumeFile; response: JobResponse };
  CreateSnapshotFile: { request: CreateSnapshotFile; response: JobResponse };
  ChecksumSnapshotFile: { request: ChecksumSnapshotFile; response: JobResponse };
  ExportFile: { request: ExportFile; response: JobResponse };
  DescribeExchangeFile: { request: DescribeExchangeFile; response: DescribeExchangeFileResponse };
  DeleteFile: { request: DeleteFile; response: JobResponse };
  ReleaseClaims: { request: ReleaseClaims; response: ReleaseClaimsResponse };
  CopyRange: { request: CopyRange; response: CopyRangeResponse };
  DescribeJob: { request: DescribeJob; response: JobResponse };
  DescribeFreeSpace: { request: DescribeFreeSpace; response: DescribeFreeSpaceResponse };
  DescribeFiles: { request: DescribeFiles; response: DescribeFilesResponse };
  SetFileAside: { request: SetFileAside; response: SetFileAsideResponse };
  DescribeHealth: { request: DescribeHealth; response: DescribeHealthResponse };
  PrepareSnapshotFile: { request: PrepareSnapshotFile; response: JobResponse };
  DropSnapshotFile: { request: DropSnapshotFile; response: JobResponse };
}
