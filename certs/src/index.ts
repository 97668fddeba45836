export { type CertificateRequest, createAuthority, issue, type KeyPair } from './authority.js';
export { CertificateFolder } from './folder.js';
