export type { CertificateRequest, KeyPair } from './authority.js';
export { AuthorityFolder } from './authorityFolder.js';
export { CertificateFolder } from './folder.js';
export type { Issued } from './issuing.js';
export type { Entry } from './ledger.js';
export { Refusal } from './refusal.js';
export type { Reason } from './revocationList.js';
export { createSigningRequest } from './signingRequest.js';
