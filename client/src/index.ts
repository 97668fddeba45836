export { type FaultCode, isFault, ServiceFault } from '@vbs-lustre/shared/faults';
export { ANNOUNCE_TIMEOUT_MS, Announcer } from './announcer.js';
export type { Client, ClientOptions } from './connect.js';
export { fromFiles, type UserFiles } from './fromFiles.js';
export { addressOf, connectFrontEnds } from './frontEnds.js';
export {
  type AdminClient,
  type CallbackClient,
  connectAdmin,
  connectCallback,
  connectVBSLustre,
  connectVmmDelegate,
  connectVolumeDelegate,
  type VBSLustreClient,
  type VmmDelegateClient,
  type VolumeDelegateClient,
} from './ports.js';
export { type Delivery, TransportError } from './transport.js';
