import { Agent } from 'node:https';
import { createSecureContext } from 'node:tls';
import { isFaultCode, ServiceFault } from '@vbs-lustre/shared/faults';
import { currentRequestId } from '@vbs-lustre/shared/requestId';
import { type Contract, portOf } from '@vbs-lustre/shared/soap/contract';
import { decodeAnswer } from '@vbs-lustre/shared/soap/decode';
import { encodeMessage } from '@vbs-lustre/shared/soap/encode';
import type { PortType } from '@vbs-lustre/shared/soap/endpoint';
import { contentOf, readFault } from '@vbs-lustre/shared/soap/envelope';
import type { Operation } from '@vbs-lustre/shared/soap/schema';
import type { Identity } from '@vbs-lustre/shared/trust/identity';
import type { TrustStore } from '@vbs-lustre/shared/trust/trustStore';
import { signRequest } from '@vbs-lustre/shared/wssecurity/sign';
import { verifyMessage } from '@vbs-lustre/shared/wssecurity/verify';
import { isNamed } from '@vbs-lustre/shared/xml/node';
import { PARSE_LIMITS, parseXml } from '@vbs-lustre/shared/xml/parse';
import { post, TransportError } from './transport.js';

export interface ClientOptions {
  url: string;
  identity: Identity;
  /** Who may sign answers. */
  trust: TrustStore;
  /** The subject names that answers must be signed by. */
  peers: readonly string[];
  /** PEM of the authority that issued the server's TLS certificate. */
  tlsAuthority: string;
  timeoutMs: number;
  /** Of that, for the connection; all of it if absent. A host that is gone may not even refuse one. */
  connectTimeoutMs?: number;
  /**
   * Whether a connection serves several requests; true if absent. One that the server has just left behind makes it
   * unknown whether a request was delivered, where a new one would have been refused.
   */
  keepAlive?: boolean;
}

/** An answer comes from a service that is believed, and may describe many volumes. */
const ANSWER_LIMITS = { ...PARSE_LIMITS, maxElements: 2_000_000 };

/** A connection that is not used is closed after this: before the service closes it (after 15 s) under a request. */
const IDLE_MS = 10_000;

/** A portType as functions. */
export type Client<P> = {
  [K in keyof P]: P[K] extends PortType[string]
    ? (request: P[K]['request']) => Promise<P[K]['response']>
    : never;
};

/**
 * A client of one portType: signs every request, believes only a signed answer.
 *
 * Its functions throw {@link ServiceFault} with what the service refused, or {@link TransportError} if no answer
 * that can be believed has come.
 */
export function connect<P>(
  contract: Contract,
  portName: string,
  options: ClientOptions,
): Client<P> {
  const { certificatePem: cert, privateKeyPem: key } = options.identity;
  // The certificate is for services that ask for one in TLS, too.
  const tls = { ca: options.tlsAuthority, cert, key, minVersion: 'TLSv1.2' } as const;
  // Made once: to read them for each connection would cost as much as all the rest of one that is resumed.
  const secureContext = createSecureContext(tls);
  const keepAlive = options.keepAlive ?? true;
  const agent = new Agent({ secureContext, keepAlive, timeout: IDLE_MS });
  const operations = [...portOf(contract, portName).operations.values()];
  const functions = operations.map((operation) => [
    operation.name,
    (request: object) => call(contract, operation, request, options, agent),
  ]);
  return Object.fromEntries(functions) as Client<P>;
}

async function call(
  contract: Contract,
  operation: Operation,
  request: object,
  options: ClientOptions,
  agent: Agent,
): Promise<object> {
  const content = encodeMessage(contract.namespace, operation.input, request);
  const { text, signatureValue } = signRequest(
    content,
    options.identity,
    new Date(),
    currentRequestId(),
  );
  const { url, timeoutMs, connectTimeoutMs } = options;
  const { action } = operation;
  const answer = await post({ url, agent, action, text, timeoutMs, connectTimeoutMs });
  return readAnswer(contract, operation, answer, signatureValue, options);
}

function readAnswer(
  contract: Contract,
  operation: Operation,
  text: string,
  signatureValue: string,
  options: ClientOptions,
): object {
  try {
    const { body, signer, confirms } = verifyMessage(
      parseXml(text, ANSWER_LIMITS),
      options.trust,
      new Date(),
    );
    if (!options.peers.includes(signer.subject)) {
      throw new Error(`it is signed by ${signer.subject}`);
    }
    // Else the answer to one request could be taken for that to another.
    if (confirms !== signatureValue) throw new Error('it does not confirm this request');
    const content = contentOf(parseXml(body, ANSWER_LIMITS));
    const fault = readFault(content);
    if (fault) {
      const code = isFaultCode(fault.code) ? fault.code : 'InternalError';
      throw new ServiceFault(code, fault.message, fault.requestId);
    }
    if (!isNamed(content, contract.namespace, operation.output.element)) {
      throw new Error(`it is ${content.localName}`);
    }
    return decodeAnswer(contract.namespace, operation.output, content);
  } catch (error) {
    if (error instanceof ServiceFault && error.requestId !== undefined) throw error;
    const reason = error instanceof Error ? error.message : String(error);
    throw new TransportError(`The answer of ${options.url} is not believed: ${reason}`, 'unknown');
  }
}
