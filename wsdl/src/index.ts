export type * as vbslustre from './generated/vbslustre.js';
export type * as vbslustreAdmin from './generated/vbslustre-admin.js';
export type * as vmmDelegate from './generated/vmm-delegate.js';
export type * as volumeDelegate from './generated/volume-delegate.js';

/** The contracts, as files. */
export const WSDL = {
  vbslustre: new URL('../vbslustre.wsdl', import.meta.url),
  vbslustreAdmin: new URL('../vbslustre-admin.wsdl', import.meta.url),
  volumeDelegate: new URL('../volume-delegate.wsdl', import.meta.url),
  vmmDelegate: new URL('../vmm-delegate.wsdl', import.meta.url),
} as const;
