// Generated from wsdl/vmm-delegate.wsdl by `npm run generate`: change the WSDL, not this file.

export type AttachMode = 'r' | 'w';

export interface AttachVolume {
  orderId: string;
  expires: Date;
  vmm: string;
  volumeId: string;
  instanceId: string;
  device: string;
  attachMode: AttachMode;
}

export interface AttachVolumeResponse {
  requestId: string;
  orderId: string;
  instanceId: string;
  instanceUuid: string;
  device: string;
  volumeId: string;
  attachMode: AttachMode;
  state: string;
}

export interface DetachVolume {
  orderId: string;
  vmm: string;
  volumeId: string;
  instanceId: string;
  device: string;
  force?: boolean | undefined;
}

export interface DetachVolumeResponse {
  requestId: string;
  orderId: string;
}

export interface ResizeVolume {
  orderId: string;
  vmm: string;
  volumeId: string;
  instanceId: string;
  device: string;
  sizeBytes: number;
}

export interface ResizeVolumeResponse {
  requestId: string;
  orderId: string;
}

export type DescribeAttachments = Record<string, never>;

export interface Attachment {
  instanceId: string;
  instanceUuid: string;
  device: string;
  volumeId: string;
  attachMode: AttachMode;
  state: string;
  orderId?: string | undefined;
  instanceNumber?: string | undefined;
}

export interface AttachmentSet {
  item: Attachment[];
}

export interface DescribeAttachmentsResponse {
  requestId: string;
  attachmentSet: AttachmentSet;
}

export type DescribeInstances = Record<string, never>;

export interface Instance {
  instanceId: string;
  instanceUuid: string;
  instanceNumber?: string | undefined;
}

export interface InstanceSet {
  item: Instance[];
}

export interface DescribeInstancesResponse {
  requestId: string;
  instanceSet: InstanceSet;
}

export type DescribeHealth = Record<string, never>;

export interface DescribeHealthResponse {
  requestId: string;
  status: string;
  hypervisor: string;
}

export interface StartCopy {
  snapshotId: string;
  orderId: string;
  sizeBytes: number;
  expires: Date;
  vmm: string;
  volumeId: string;
  instanceId: string;
  device: string;
  attachOrderId: string;
  maxPauseMilliseconds?: number | undefined;
}

export interface CopyResponse {
  requestId: string;
  snapshotId: string;
  state: string;
  bytesDone: number;
  message?: string | undefined;
}

export interface DescribeCopy {
  snapshotId: string;
  vmm: string;
  instanceId: string;
}

export interface EndCopy {
  snapshotId: string;
  vmm: string;
  instanceId: string;
}

export interface VmmDelegate {
  AttachVolume: { request: AttachVolume; response: AttachVolumeResponse };
  DetachVolume: { request: DetachVolume; response: DetachVolumeResponse };
  ResizeVolume: { request: ResizeVolume; response: ResizeVolumeResponse };
  DescribeAttachments: { request: DescribeAttachments; response: DescribeAttachmentsResponse };
  DescribeInstances: { request: DescribeInstances; response: DescribeInstancesResponse };
  DescribeHealth: { request: DescribeHealth; response: DescribeHealthResponse };
  StartCopy: { request: StartCopy; response: CopyResponse };
  DescribeCopy: { request: DescribeCopy; response: CopyResponse };
  EndCopy: { request: EndCopy; response: CopyResponse };
}
