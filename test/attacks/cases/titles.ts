/** Names of the tests that are more than one message, so that the catalogue can hold them. */
export const TITLES = {
  otherSignature: 'replayed with the other ECDSA signature of it',
  otherInstance: 'replayed at another instance',
  bothInstances: 'replayed at both instances at once',
  restart: 'replayed after a crash and a restart',
  notReplayed: 'five identical requests to look are all answered',
  pinned: 'same subject with another key, beside a certificate that is trusted by itself',
  revokedPem: 'certificate revoked, the list in PEM',
  revokedDer: 'certificate revoked, the list in DER',
} as const;
