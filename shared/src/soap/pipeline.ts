import { type AuditLog, resourcesIn } from '../auditLog.js';
import { type FaultCode, ServiceFault } from '../faults.js';
import { newId } from '../ids.js';
import type { Log } from '../log.js';
import { forRequest } from '../requestId.js';
import type { Identity } from '../trust/identity.js';
import type { TrustStore } from '../trust/trustStore.js';
import { invalid, SecurityFailure } from '../wssecurity/failure.js';
import type { ReplayCache } from '../wssecurity/replay.js';
import { type Confirmation, signedEnvelope } from '../wssecurity/sign.js';
import { signatureValueOf } from '../wssecurity/structure.js';
import { type VerifiedMessage, verifyMessage } from '../wssecurity/verify.js';
import type { XmlElement } from '../xml/node.js';
import { parseXml } from '../xml/parse.js';
import { decodeMessage } from './decode.js';
import { encodeMessage } from './encode.js';
import type { Caller, Endpoint } from './endpoint.js';
import { contentOf, faultContent } from './envelope.js';
import { refusal } from './refusal.js';
import type { Operation } from './schema.js';

/** What the steps from verify to sign need. */
export interface Security {
  identity: Identity;
  trust: TrustStore;
  replay: ReplayCache;
  /** If there is one. */
  audit?: AuditLog | undefined;
}

export interface SoapRequest {
  text: string;
  /** The client's address. */
  client?: string | undefined;
  /** The SOAPAction header without its quotes; undefined if there is none. */
  action: string | undefined;
  /** Too many others are at work: it is refused at once. */
  isOneTooMany?: boolean;
}

export interface SoapAnswer {
  status: 200 | 500;
  text: string;
  /** What was asked for, if it could be told. */
  operation: string | undefined;
  /** Of the fault. */
  code: 'OK' | FaultCode;
}

/** What is known of a request, more and more on its way. */
interface Trace {
  requestId: string;
  /** Who has signed it. */
  userId?: string;
  operation?: Operation | undefined;
  /** What it says, and what is answered. */
  asked?: object;
  told?: object;
}

/**
 * One request on its way: parse → verify → authorise → execute → sign. (The first step, limit, is the listener's.)
 * Whatever goes wrong becomes a signed fault. What has to be in the audit log is there before it is answered.
 */
export function answer(
  endpoint: Endpoint,
  security: Security,
  request: SoapRequest,
  log: Log,
): Promise<SoapAnswer> {
  const trace: Trace = { requestId: newId('req') };
  const answered = work(endpoint, security, request, log, trace);
  const { audit } = security;
  return audit ? audited(audit, endpoint, request, trace, answered) : answered;
}

async function audited(
  audit: AuditLog,
  endpoint: Endpoint,
  { client }: SoapRequest,
  trace: Trace,
  answered: Promise<SoapAnswer>,
): Promise<SoapAnswer> {
  const { operation, code } = await answered;
  if (isAudited(endpoint, trace, code)) {
    const { requestId, userId: subject, asked, told } = trace;
    const resources = resourcesIn(asked, told);
    await audit.write({ subject, client, operation, resources, code, requestId });
  }
  return answered;
}

/** Who is not believed, and whatever may have changed something; but not the work of services on the requests of others. */
function isAudited(endpoint: Endpoint, { operation }: Trace, code: SoapAnswer['code']): boolean {
  if (code === 'AuthFailure') return true;
  if (endpoint.continuesRequests || operation === undefined) return false;
  return !endpoint.readOnly.has(operation.name);
}

async function work(
  endpoint: Endpoint,
  security: Security,
  request: SoapRequest,
  log: Log,
  trace: Trace,
): Promise<SoapAnswer> {
  const started = performance.now();
  const fields: Record<string, unknown> = { requestId: trace.requestId };
  const confirms: Confirmation = { signatureValue: undefined };
  const sign = (content: string): string =>
    signedEnvelope(content, security.identity, new Date(), confirms);
  try {
    const envelope = parseXml(request.text);
    // Refusals are confirmed too, or one that was recorded could stand for the answer to an order that was obeyed.
    confirms.signatureValue = signatureValueOf(envelope);
    if (request.isOneTooMany) throw new ServiceFault('RequestLimitExceeded', BUSY);
    const message = verifyMessage(envelope, security.trust, new Date(), endpoint.algorithms);
    trace.userId = message.signer.subject;
    fields.userId = trace.userId;
    const content = contentOf(parseXml(message.body));
    trace.operation = endpoint.port.operations.get(content.localName);
    fields.operation = trace.operation?.name;
    // First: who has no business here is not told what there is.
    admit(endpoint, message, content.localName);
    const operation = operationOf(endpoint, content, request.action);
    if (endpoint.continuesRequests) {
      trace.requestId = message.requestId ?? trace.requestId;
      fields.requestId = trace.requestId;
    }
    const caller = new SignedCaller(message, trace.requestId, log, fields);
    const result = await forRequest(trace.requestId, async () => {
      if (!endpoint.readOnly.has(operation.name)) await takeOnce(security, message);
      return await execute(endpoint, operation, content, caller, trace);
    });
    const level = endpoint.routine.has(operation.name) ? 'debug' : 'info';
    log.log(level, 'done', { ...fields, ms: Math.round(performance.now() - started) });
    return { status: 200, text: sign(result), operation: operation.name, code: 'OK' };
  } catch (error) {
    const { fault, securityCode } = refusal(endpoint, error, log, fields);
    const content = faultContent(endpoint.contract.namespace, fault, trace.requestId, securityCode);
    return { status: 500, text: sign(content), operation: trace.operation?.name, code: fault.code };
  }
}

class SignedCaller implements Caller {
  readonly userId: string;
  readonly requestId: string;
  readonly signedAt: Date;
  readonly certificateEnds: Date;
  readonly #log: Log;
  readonly #fields: object;

  constructor({ signer, freshness }: VerifiedMessage, requestId: string, log: Log, fields: object) {
    this.userId = signer.subject;
    this.requestId = requestId;
    this.signedAt = freshness.created;
    this.certificateEnds = signer.notAfter;
    this.#log = log;
    this.#fields = fields;
  }

  /** Made when it is asked for: most operations log nothing themselves. */
  get log(): Log {
    return this.#log.child(this.#fields);
  }
}

/** The operation that the signed Body names; a SOAPAction that says otherwise is an attack. */
function operationOf(
  endpoint: Endpoint,
  content: XmlElement,
  action: string | undefined,
): Operation {
  const operation = endpoint.port.operations.get(content.localName);
  if (!operation || content.namespaceURI !== endpoint.contract.namespace) {
    const names = [...endpoint.port.operations.keys()].join(', ');
    throw new ServiceFault('InvalidAction', `There is no such operation here; there are ${names}.`);
  }
  if (action && action !== operation.action && action !== operation.name) {
    throw invalid(`SOAPAction says ${action.slice(0, 200)}, the Body ${operation.name}`);
  }
  return operation;
}

function admit(endpoint: Endpoint, message: VerifiedMessage, operation: string): void {
  if (!endpoint.admits(message.signer.subject, operation)) {
    throw new SecurityFailure('wsse:FailedAuthentication', 'this user has no business here');
  }
}

async function takeOnce({ replay }: Security, message: VerifiedMessage): Promise<void> {
  if (message.freshness.created < replay.knowsSince) {
    throw new SecurityFailure('wsu:MessageExpired', 'it was signed before this service started');
  }
  if (!(await replay.claim(message.replayKey, message.freshness.refusedAfter))) {
    throw new SecurityFailure('wsse:FailedCheck', 'the message was seen before');
  }
}

async function execute(
  { contract, handlers }: Endpoint,
  operation: Operation,
  content: XmlElement,
  caller: Caller,
  trace: Trace,
): Promise<string> {
  const request = decodeMessage(contract.namespace, operation.input, content);
  trace.asked = request;
  const handler = handlers[operation.name];
  if (!handler) throw new Error(`no handler for ${operation.name}`);
  const response = { requestId: caller.requestId, ...(await handler(request, caller)) };
  trace.told = response;
  return encodeMessage(contract.namespace, operation.output, response);
}

const BUSY = 'The service is busy; try again later.';
