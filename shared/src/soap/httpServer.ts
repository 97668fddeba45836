import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import { listen } from '../listen.js';
import { errorFields, type Log } from '../log.js';
import type { RequestMeter } from '../monitor/requestMeter.js';
import { limitConnections } from './connectionLimit.js';
import type { Endpoint } from './endpoint.js';
import { BodyReader, HttpRefusal } from './httpBody.js';
import { type Page, servePage, tlsCertificate } from './page.js';
import { answer, type Security } from './pipeline.js';
import { PAGE_HEADERS, serviceList } from './serviceList.js';
import { tlsOptions } from './tlsOptions.js';

export interface ServerOptions {
  host: string;
  port: number;
  /** The address that clients use, for the served WSDL: scheme, host and port. */
  publicUrl: string;
  /** Requests that are worked on at once; one more is told to try later. */
  maxConcurrentRequests: number;
  /** Connections from one address at once; one more is closed. */
  maxConnectionsPerClient: number;
  /** Whether clients must also show, in TLS, a certificate that is trusted here. It is never the user id. */
  requiresTlsCertificate: boolean;
  endpoints: readonly Endpoint[];
  /** By their paths. Only if there are some are clients asked for a certificate that need not show one. */
  pages?: ReadonlyMap<string, Page> | undefined;
  security: Security;
  log: Log;
  /** If the service is watched. */
  meter?: RequestMeter | undefined;
  /** Within which a request must have arrived as a whole; else its connection is closed. */
  requestTimeoutMs?: number;
}

const REQUEST_TIMEOUT_MS = 30_000;
const HEADERS_TIMEOUT_MS = 10_000;
const CHECKING_INTERVAL_MS = 5_000;
const KEEP_ALIVE_MS = 15_000;
/** Of a connection on which nothing moves: longer than any operation takes, for who does not read his answer. */
const IDLE_TIMEOUT_MS = 300_000;
const MAX_CONNECTIONS = 1_000;
const MAX_HEADER_BYTES = 16 * 1024;
const MAX_HEADERS = 100;

/**
 * The https listener of a service: the step *limit* of every request, `?wsdl`, and nothing of SOAP.
 */
export class SoapServer {
  readonly #options: ServerOptions;
  readonly #server: Server;
  readonly #bodies = new BodyReader();
  #working = 0;

  constructor(options: ServerOptions) {
    this.#options = options;
    const requestTimeout = options.requestTimeoutMs ?? REQUEST_TIMEOUT_MS;
    this.#server = createServer(
      {
        ...tlsOptions(
          options.security.identity,
          options.requiresTlsCertificate || options.pages !== undefined,
        ),
        maxHeaderSize: MAX_HEADER_BYTES,
        requestTimeout,
        headersTimeout: Math.min(HEADERS_TIMEOUT_MS, requestTimeout),
        // How often Node looks for late ones: its default would triple the time that they have.
        connectionsCheckingInterval: Math.min(CHECKING_INTERVAL_MS, requestTimeout),
        keepAliveTimeout: KEEP_ALIVE_MS,
      },
      (request, response) => void this.#serve(request, response),
    );
    this.#server.setTimeout(IDLE_TIMEOUT_MS);
    this.#server.maxConnections = MAX_CONNECTIONS;
    // Node drops the headers over its own limit, which would let somebody hide one.
    this.#server.maxHeadersCount = 0;
    limitConnections(this.#server, options.maxConnectionsPerClient, () =>
      options.meter?.refused('connections'),
    );
    // A stranger's broken TLS or HTTP ends his connection, not the service.
    this.#server.on('tlsClientError', (_error, socket) => socket.destroy());
    this.#server.on('clientError', (_error, socket) => socket.destroy());
  }

  /** @throws {Error} naming the address, if it is taken. */
  async listen(): Promise<void> {
    await listen(this.#server, this.#options.host, this.#options.port);
  }

  /** Requests at work. */
  get working(): number {
    return this.#working;
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
      this.#admit(request);
      const [path, query] = (request.url ?? '').split('?', 2);
      if (request.method === 'GET' && path === '/') return this.#listServices(response);
      const { pages, security, log } = this.#options;
      const page = pages?.get(path ?? '');
      if (page) return await servePage(page, request, response, security.trust, log);
      const endpoint = this.#options.endpoints.find((each) => each.path === path);
      if (!endpoint) throw new HttpRefusal(404, 'There is nothing at this address.');
      if (request.method === 'GET' && query?.toLowerCase() === 'wsdl' && endpoint.isListed) {
        return send(response, 200, this.#wsdl(endpoint));
      }
      if (request.method !== 'POST') {
        throw new HttpRefusal(405, 'POST a SOAP message, or GET ?wsdl.', { Allow: 'GET, POST' });
      }
      await this.#serveSoap(endpoint, request, response);
    } catch (error) {
      if (error instanceof HttpRefusal) return refuse(response, error);
      this.#options.log.error('a request failed', errorFields(error));
      refuse(response, new HttpRefusal(500, 'Something went wrong in the service.'));
    }
  }

  /** @throws {HttpRefusal} */
  #admit(request: IncomingMessage): void {
    // Names and values in turn.
    if (request.rawHeaders.length > 2 * MAX_HEADERS) {
      throw new HttpRefusal(431, `Send at most ${MAX_HEADERS} headers.`);
    }
    const { requiresTlsCertificate, security, log } = this.#options;
    if (requiresTlsCertificate) tlsCertificate(request, security.trust, log);
  }

  #listServices(response: ServerResponse): void {
    const { endpoints, publicUrl } = this.#options;
    response.writeHead(200, PAGE_HEADERS);
    response.end(
      serviceList(
        endpoints.filter(({ isListed }) => isListed),
        publicUrl,
      ),
    );
  }

  async #serveSoap(
    endpoint: Endpoint,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    const { security, log, maxConcurrentRequests, meter } = this.#options;
    const text = await this.#bodies.read(request);
    const started = performance.now();
    const action = soapAction(request);
    const isOneTooMany = this.#working >= maxConcurrentRequests;
    this.#working += 1;
    try {
      const client = request.socket.remoteAddress;
      const asked = { text, client, action, isOneTooMany };
      const result = await answer(endpoint, security, asked, log);
      send(response, result.status, result.text);
      if (isOneTooMany) meter?.refused('requests');
      meter?.answered(result, (performance.now() - started) / 1000);
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
    'X-Content-Type-Options': 'nosniff',
    ...refusal.headers,
    // What is left of the request is not read.
    Connection: 'close',
  });
  response.end(text);
}
