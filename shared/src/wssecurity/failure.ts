/** The fault codes of WS-Security 1.1 (section 12) and of its utility schema, and SOAP 1.1's for headers (4.4.1). */
export type SecurityFaultCode =
  | 'soap:MustUnderstand'
  | 'wsse:UnsupportedSecurityToken'
  | 'wsse:UnsupportedAlgorithm'
  | 'wsse:InvalidSecurity'
  | 'wsse:InvalidSecurityToken'
  | 'wsse:FailedAuthentication'
  | 'wsse:FailedCheck'
  | 'wsse:SecurityTokenUnavailable'
  | 'wsu:MessageExpired';

/** A message that is not believed. `message` is for the service's log; the sender is told the code alone. */
export class SecurityFailure extends Error {
  override readonly name = 'SecurityFailure';
  readonly code: SecurityFaultCode;

  constructor(code: SecurityFaultCode, reason: string) {
    super(reason);
    this.code = code;
  }
}

/** The header does not have the one shape that is accepted. */
export function invalid(reason: string): SecurityFailure {
  return new SecurityFailure('wsse:InvalidSecurity', reason);
}

export function unsupported(reason: string): SecurityFailure {
  return new SecurityFailure('wsse:UnsupportedAlgorithm', reason);
}
