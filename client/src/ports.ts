import { type Contract, loadContract } from '@vbs-lustre/shared/soap/contract';
import {
  type vbslustre,
  type vbslustreAdmin,
  type vmmDelegate,
  type volumeDelegate,
  WSDL,
} from '@vbs-lustre/wsdl';
import { type Client, type ClientOptions, connect } from './connect.js';

export type VBSLustreClient = Client<vbslustre.VBSLustre>;
export type AdminClient = Client<vbslustreAdmin.VBSLustreAdmin>;
export type CallbackClient = Client<vbslustre.VBSLustreCallback>;
export type VolumeDelegateClient = Client<volumeDelegate.VolumeDelegate>;
export type VmmDelegateClient = Client<vmmDelegate.VmmDelegate>;

/** A client of the front end, for users. */
export async function connectVBSLustre(options: ClientOptions): Promise<VBSLustreClient> {
  return connect(await contractIn(WSDL.vbslustre), 'VBSLustre', options);
}

/** A client of the front end, for its administrators. @param options its url ends with /vbslustre-admin */
export async function connectAdmin(options: ClientOptions): Promise<AdminClient> {
  return connect(await contractIn(WSDL.vbslustreAdmin), 'VBSLustreAdmin', options);
}

/** A client of the front end, for a delegate that reports or announces itself. */
export async function connectCallback(options: ClientOptions): Promise<CallbackClient> {
  return connect(await contractIn(WSDL.vbslustre), 'VBSLustreCallback', options);
}

/** A client of a Volume Delegate, for the front end. */
export async function connectVolumeDelegate(options: ClientOptions): Promise<VolumeDelegateClient> {
  return connect(await contractIn(WSDL.volumeDelegate), 'VolumeDelegate', options);
}

/** A client of a VMM Delegate, for the front end. */
export async function connectVmmDelegate(options: ClientOptions): Promise<VmmDelegateClient> {
  return connect(await contractIn(WSDL.vmmDelegate), 'VmmDelegate', options);
}

const contracts = new Map<URL, Promise<Contract>>();

/** Each file is read once. */
function contractIn(file: URL): Promise<Contract> {
  const known = contracts.get(file) ?? loadContract(file);
  contracts.set(file, known);
  return known;
}
