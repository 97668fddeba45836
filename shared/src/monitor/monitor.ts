import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { listen } from '../listen.js';
import { errorFields, type Log } from '../log.js';
import { Metrics } from './metrics.js';
import { Readiness } from './readiness.js';
import { type RequestMeter, requestMeter } from './requestMeter.js';

/** Of all who watch, together. */
const MAX_CONNECTIONS = 50;
const REQUEST_TIMEOUT_MS = 10_000;
const TEXT = 'text/plain; charset=utf-8';

interface Page {
  status: number;
  type: string;
  text: string;
}

/**
 * The listener for operators, plain http: `/healthz` (the process lives), `/readyz` (it can do its work) and `/metrics`
 * (Prometheus). It changes nothing, and says nothing of a user or a volume.
 */
export class Monitor {
  readonly metrics: Metrics;
  readonly meter: RequestMeter;
  readonly readiness: Readiness;
  readonly #server: Server;
  readonly #log: Log;

  private constructor(log: Log) {
    this.#log = log;
    this.metrics = new Metrics(log);
    this.meter = requestMeter(this.metrics);
    this.readiness = new Readiness(log);
    this.#server = createServer(
      { requestTimeout: REQUEST_TIMEOUT_MS, headersTimeout: REQUEST_TIMEOUT_MS },
      (request, response) => void this.#serve(request, response),
    );
    this.#server.maxConnections = MAX_CONNECTIONS;
    // It is there as long as its process, and does not keep that.
    this.#server.unref();
  }

  /** @throws {Error} naming the address, if it is taken */
  static async start(host: string, port: number, log: Log): Promise<Monitor> {
    const monitor = new Monitor(log);
    await listen(monitor.#server, host, port);
    log.info('monitored', { host, port });
    return monitor;
  }

  async close(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { status, type, text } = await this.#pageFor(request).catch((error): Page => {
      this.#log.error('the monitor failed', errorFields(error));
      return { status: 500, type: TEXT, text: 'Something went wrong.\n' };
    });
    response.writeHead(status, {
      ...{ 'Content-Type': type, 'Content-Length': Buffer.byteLength(text) },
      ...{ 'Cache-Control': 'no-store', 'X-Content-Type-Options': 'nosniff' },
    });
    response.end(request.method === 'HEAD' ? undefined : text);
  }

  async #pageFor({ method = '', url = '' }: IncomingMessage): Promise<Page> {
    if (!['GET', 'HEAD'].includes(method)) {
      return { status: 405, type: TEXT, text: 'There is nothing to change here.\n' };
    }
    const [path] = url.split('?', 1);
    if (path === '/healthz') return { status: 200, type: TEXT, text: 'ok\n' };
    if (path === '/readyz') {
      const { isReady, text } = await this.readiness.look();
      return { status: isReady ? 200 : 503, type: TEXT, text };
    }
    if (path === '/metrics') {
      const { contentType: type } = this.metrics;
      return { status: 200, type, text: await this.metrics.text() };
    }
    return { status: 404, type: TEXT, text: 'There are /healthz, /readyz and /metrics.\n' };
  }
}
