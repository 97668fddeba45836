/**
 * The closed list of codes that a client can meet: EC2's names where EC2 has one.
 * The value says whose fault it is in SOAP's sense (SOAP 1.1, 4.4.1).
 */
const CODES = {
  AttachmentLimitExceeded: 'Client',
  AuthFailure: 'Client',
  DryRunOperation: 'Client',
  IdempotentParameterMismatch: 'Client',
  IncorrectState: 'Client',
  InsufficientVolumeCapacity: 'Server',
  InternalError: 'Server',
  InvalidAction: 'Client',
  'InvalidAttachment.NotFound': 'Client',
  'InvalidExportTaskID.NotFound': 'Client',
  'InvalidInstanceID.NotFound': 'Client',
  InvalidNextToken: 'Client',
  InvalidParameterCombination: 'Client',
  InvalidParameterValue: 'Client',
  'InvalidSnapshot.InUse': 'Client',
  'InvalidSnapshot.NotFound': 'Client',
  'InvalidVolume.NotFound': 'Client',
  MissingParameter: 'Client',
  RequestLimitExceeded: 'Server',
  ResourceLimitExceeded: 'Client',
  SnapshotLimitExceeded: 'Client',
  TagLimitExceeded: 'Client',
  Unavailable: 'Server',
  UnsupportedOperation: 'Client',
  VolumeInUse: 'Client',
  VolumeLimitExceeded: 'Client',
} as const;

export type FaultCode = keyof typeof CODES;

/** A refusal that the client is told: `message` says what went wrong and what to do, and holds no path of ours. */
export class ServiceFault extends Error {
  override readonly name = 'ServiceFault';
  readonly code: FaultCode;
  /** Of the request that was refused, where the fault came over the wire. */
  readonly requestId: string | undefined;

  constructor(code: FaultCode, message: string, requestId?: string) {
    super(message);
    this.code = code;
    this.requestId = requestId;
  }

  get side(): 'Client' | 'Server' {
    return CODES[this.code];
  }
}

export function isFaultCode(text: string): text is FaultCode {
  return Object.hasOwn(CODES, text);
}

/** Whether something thrown is this fault. */
export function isFault(error: unknown, code: FaultCode): error is ServiceFault {
  return error instanceof ServiceFault && error.code === code;
}
