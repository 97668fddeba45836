import type { IncomingHttpHeaders } from 'node:http';
import { request } from 'node:https';
import { connect } from 'node:tls';

export interface HttpAnswer {
  status: number;
  type: string;
  text: string;
  headers: IncomingHttpHeaders;
}

interface HttpRequest {
  url: string;
  /** PEM of the authority of the server's certificate. */
  ca: string;
  method?: string;
  headers?: Record<string, string>;
  body?: string | Buffer;
  /** A TLS certificate of the client, in PEM. */
  cert?: string;
  key?: string;
}

/** One request over https, as it is given. */
export function http({
  url,
  ca,
  method = 'POST',
  headers = {},
  body,
  ...tls
}: HttpRequest): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const soap = method === 'POST' ? { 'Content-Type': 'text/xml; charset=utf-8' } : {};
    const call = request(url, {
      method,
      ca,
      agent: false,
      headers: { ...soap, ...headers },
      ...tls,
    });
    call.on('error', reject);
    call.on('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk: Buffer) => chunks.push(chunk));
      response.on('error', reject);
      response.on('end', () =>
        resolve({
          status: response.statusCode ?? 0,
          type: response.headers['content-type'] ?? '',
          text: Buffer.concat(chunks).toString(),
          headers: response.headers,
        }),
      );
    });
    call.end(body);
  });
}

/** Sends bytes that need not be HTTP, and returns all that comes back until the server closes the connection. */
export function sendRaw(port: number, ca: string, bytes: string | Buffer): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', servername: 'localhost', ca }, () =>
      socket.write(bytes),
    );
    let answer = '';
    socket.setEncoding('latin1');
    socket.on('data', (text: string) => {
      answer += text;
    });
    socket.on('error', (error: NodeJS.ErrnoException) =>
      error.code === 'ECONNRESET' ? resolve(answer) : reject(error),
    );
    socket.on('close', () => resolve(answer));
  });
}

/** Sends bytes and breaks the connection. */
export function sendAndLeave(port: number, ca: string, bytes: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', servername: 'localhost', ca }, () =>
      socket.write(bytes, () => socket.destroy()),
    );
    socket.on('error', reject);
    socket.on('close', () => resolve());
  });
}
