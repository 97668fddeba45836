export { type FaultCode, isFault, ServiceFault } from '@vbs-lustre/shared/faults';
export type { Client, ClientOptions } from './connect.js';
export {
  type CallbackClient,
  connectCallback,
  connectVBSLustre,
  connectVmmDelegate,
  connectVolumeDelegate,
  type VBSLustreClient,
  type VmmDelegateClient,
  type VolumeDelegateClient,
} from './ports.js';
export { type Delivery, TransportError } from './transport.js';
