import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import { errorFields, type Log } from '../log.js';
import type { Endpoint } from './endpoint.js';
import { HttpRefusal, readText } from './httpBody.js';
import { answer, type Security } from './pipeline.js';

export interface ServerOptions {
  host: string;
  port: number;
  /** The address that clients use, for the served WSDL: scheme, host and port. */
  publicUrl: string;
  /** Requests that are worked on at once; one more is told to try later. */
  maxConcurrentRequests: number;
  endpoints: readonly Endpoint[];
  security: Security;
  log: Log;
  /** Within which a request must have arrived as a whole; else its connection is closed. */
  requestTimeoutMs?: number;
}

const REQUEST_TIMEOUT_MS = 30_000;
const HEADERS_TIMEOUT_MS = 10_000;
const CHECKING_INTERVAL_MS = 5_000;
const MAX_CONNECTIONS = 1_000;

/**
 * The https listener of a service: the step *limit* of every request, `?wsdl`, and nothing of SOAP.
 */
export class SoapServer {
  readonly #options: ServerOptions;
  readonly #server: Server;
  #working = 0;

  constructor(options: ServerOptions) {
    this.#options = options;
    const { certificatePem, privateKeyPem } = options.security.identity;
    const requestTimeout = options.requestTimeoutMs ?? REQUEST_TIMEOUT_MS;
    this.#server = createServer(
      {
        cert: certificatePem,
        key: privateKeyPem,
        minVersion: 'TLSv1.2',
        requestTimeout,
        headersTimeout: Math.min(HEADERS_TIMEOUT_MS, requestTimeout),
        // How often Node looks for late ones: its default would triple the time that they have.
        connectionsCheckingInterval: Math.min(CHECKING_INTERVAL_MS, requestTimeout),
        keepAliveTimeout: 15_000,
      },
      (request, response) => void this.#serve(request, response),
    );
    this.#server.maxConnections = MAX_CONNECTIONS;
    // A stranger's broken TLS or HTTP ends his connection, not the service.
    this.#server.on('tlsClientError', (_error, socket) => socket.destroy());
    this.#server.on('clientError', (_error, socket) => socket.destroy());
  }

  /** @throws {Error} naming the address, if it is taken. */
  async listen(): Promise<void> {
    const { host, port } = this.#options;
    await new Promise<void>((resolve, reject) => {
      this.#server.once('error', (error: NodeJS.ErrnoException) => {
        const taken = error.code === 'EADDRINUSE';
        reject(
          taken
            ? new Error(`${host}:${port} is taken by another program; free it or set another port`)
            : error,
        );
      });
      this.#server.listen(port, host, resolve);
    });
  }

  /** Takes no new requests, and returns when those at work are answered, or after `graceMs`. */
  async close(graceMs: number): Promise<void> {
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    this.#server.closeIdleConnections();
    const timer = setTimeout(() => this.#server.closeAllConnections(), graceMs);
    await closed;
    clearTimeout(timer);
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    try {
      const [path, query] = (request.url ?? '').split('?', 2);
      const endpoint = this.#options.endpoints.find((each) => each.path === path);
      if (!endpoint) throw new HttpRefusal(404, 'There is nothing at this address.');
      if (request.method === 'GET' && query?.toLowerCase() === 'wsdl') {
        return send(response, 200, this.#wsdl(endpoint));
      }
      if (request.method !== 'POST')
        throw new HttpRefusal(405, 'POST a SOAP message, or GET ?wsdl.');
      await this.#serveSoap(endpoint, request, response);
    } catch (error) {
      if (error instanceof HttpRefusal) return refuse(response, error);
      this.#options.log.error('a request failed', errorFields(error));
      refuse(response, new HttpRefusal(500, 'Something went wrong in the service.'));
    }
  }

  async #serveSoap(
    endpoint: Endpoint,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const { security, log, maxConcurrentRequests } = this.#options;
    const text = await readText(request);
    const action = soapAction(request);
    const isOneTooMany = this.#working >= maxConcurrentRequests;
    this.#working += 1;
    try {
      const result = await answer(endpoint, security, { text, action, isOneTooMany }, log);
      send(response, result.status, result.text);
    } finally {
      this.#working -= 1;
    }
  }

  /** The contract as it stands in its file, with this deployment's address filled in. */
  #wsdl({ contract }: Endpoint): string {
    return contract.wsdl.replace(
      /(<soap:address location=")https:\/\/[^/"]+/g,
      (_, start: string) => start + this.#options.publicUrl,
    );
  }
}

function soapAction(request: IncomingMessage): string | undefined {
  const header = request.headers.soapaction;
  return typeof header === 'string' ? header.trim().replace(/^"(.*)"$/, '$1') : undefined;
}

function send(response: ServerResponse, status: number, text: string): void {
  response.writeHead(status, {
    'Content-Type': 'text/xml; charset=utf-8',
    'Content-Length': Buffer.byteLength(text),
  });
  response.end(text);
}

function refuse(response: ServerResponse, refusal: HttpRefusal): void {
  if (response.headersSent) return void response.destroy();
  const text = `${refusal.message}\n`;
  response.writeHead(refusal.status, {
    'Content-Type': 'text/plain; charset=utf-8',
    'Content-Length': Buffer.byteLength(text),
    // What is left of the request is not read.
    Connection: 'close',
  });
  response.end(text);
}
