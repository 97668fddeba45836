import { readFileSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Deployment } from '@vbs-lustre/lab/deployment/deployment';
import { Agent, fetchText } from './get.js';
import { send } from './raw.js';

/** What becomes of an answer on its way to the client. */
export type Change = (answer: string, request: string) => string;

/**
 * Sits between clients and the front end, with the front end's own TLS certificate and key, and changes the
 * answers: only their signature can tell.
 */
export class Meddler {
  readonly #server: Server;
  readonly #deployment: Deployment;
  readonly #change: Change;

  private constructor(deployment: Deployment, change: Change) {
    const { pki } = deployment.layout;
    this.#deployment = deployment;
    this.#change = change;
    this.#server = createServer({
      cert: readFileSync(`${pki}/vbslustre.crt`),
      key: readFileSync(`${pki}/vbslustre.key`),
    });
    this.#server.on('request', async (request, response) => {
      const { status, text } = await this.#answer(request);
      response.writeHead(status, { 'Content-Type': 'text/xml; charset=utf-8' });
      response.end(text);
    });
  }

  static async start(deployment: Deployment, change: Change): Promise<Meddler> {
    const meddler = new Meddler(deployment, change);
    await new Promise<void>((resolve) => meddler.#server.listen(0, '127.0.0.1', resolve));
    return meddler;
  }

  get url(): string {
    const { port } = this.#server.address() as AddressInfo;
    return `https://127.0.0.1:${port}/vbslustre`;
  }

  async stop(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }

  async #answer(request: IncomingMessage): Promise<{ status: number; text: string }> {
    const { url, layout } = this.#deployment;
    if (request.method === 'GET') {
      const agent = new Agent({ ca: readFileSync(`${layout.pki}/ca.crt`) });
      const wsdl = await fetchText(`${url}?wsdl`, agent);
      // Clients call the address in the WSDL.
      return { status: 200, text: wsdl.replaceAll(url, this.url) };
    }
    let text = '';
    for await (const chunk of request.setEncoding('utf8')) text += chunk;
    const { soapaction } = request.headers;
    const headers = typeof soapaction === 'string' ? { SOAPAction: soapaction } : {};
    const answer = await send(this.#deployment, text, { headers });
    return { status: answer.status, text: this.#change(answer.text, text) };
  }
}
