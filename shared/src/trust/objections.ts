import { type Certificate, isIssuedBy } from './certificate.js';

const MIN_RSA_BITS = 2_048;
/** NIST SP 800-56B, 6.2: smaller exponents have a history of forged signatures. */
const MIN_EXPONENT = 65_537n;
const CURVES: readonly string[] = ['prime256v1', 'secp384r1', 'secp521r1'];
/** RFC 5280, 4.2.1.12: any, TLS server and client, e-mail. There is none for messages like ours. */
const PURPOSES: readonly string[] = [
  '2.5.29.37.0',
  '1.3.6.1.5.5.7.3.1',
  '1.3.6.1.5.5.7.3.2',
  '1.3.6.1.5.5.7.3.4',
];

/** Why this certificate may not sign messages, whoever vouches for it and whatever the time. */
export function objectionToSigner(certificate: Certificate): string | undefined {
  if (certificate.subject === '') return 'the subject name is empty';
  if (!certificate.maySign) return 'its key usage excludes digital signatures';
  if (certificate.purposes?.every((purpose) => !PURPOSES.includes(purpose))) {
    return 'its extended key usage excludes authentication';
  }
  return objectionToAny(certificate);
}

/** What holds for users and authorities alike. */
export function objectionToAny({ publicKey, unsupported }: Certificate): string | undefined {
  if (unsupported.length > 0) return `it has the extension ${unsupported[0]}, not supported here`;
  const {
    modulusLength = 0,
    publicExponent = 0n,
    namedCurve = '',
  } = {
    ...publicKey.asymmetricKeyDetails,
  };
  switch (publicKey.asymmetricKeyType) {
    case 'rsa':
      if (modulusLength < MIN_RSA_BITS) return `its key is weaker than RSA ${MIN_RSA_BITS} bits`;
      return publicExponent < MIN_EXPONENT ? 'the exponent of its key is too small' : undefined;
    case 'ec':
      return CURVES.includes(namedCurve) ? undefined : `its key is on the curve ${namedCurve}`;
    default:
      return 'its key is neither RSA nor EC';
  }
}

/**
 * Why nobody here vouches for a certificate.
 * @param named the certificates in the folder that have the name of its issuer
 */
export function objectionToIssuer(certificate: Certificate, named: readonly Certificate[]): string {
  const { issuer, signatureAlgorithm } = certificate;
  const start = 'it is neither trusted nor issued by an authority here:';
  if (named.length === 0) return `${start} there is no ${issuer}`;
  const authorities = named.filter(({ isAuthority }) => isAuthority);
  if (named.every(({ isCa }) => !isCa)) return `${start} ${issuer} is not a certificate authority`;
  if (authorities.length === 0) {
    return `${start} the key usage of ${issuer} does not say that it signs certificates`;
  }
  return authorities.some((each) => isIssuedBy(certificate, each))
    ? `${start} ${issuer} is not believed`
    : `${start} it is not signed by the key of ${issuer}, or with ${signatureAlgorithm}`;
}
