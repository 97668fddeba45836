import { type Agent, request as httpsRequest } from 'node:https';

/** Whether a message that got no answer may have reached the other side. */
export type Delivery = 'no' | 'unknown';

/** No answer, or none that can be believed. `delivered` is `no` only if the message surely was not received. */
export class TransportError extends Error {
  override readonly name = 'TransportError';
  readonly delivered: Delivery;

  constructor(message: string, delivered: Delivery) {
    super(message);
    this.delivered = delivered;
  }
}

interface Post {
  url: string;
  agent: Agent;
  action: string;
  text: string;
  timeoutMs: number;
  connectTimeoutMs?: number | undefined;
}

const MAX_ANSWER_BYTES = 64 * 1024 * 1024;

/**
 * Posts a SOAP message and returns the text of the answer, with whatever HTTP status.
 * @throws {TransportError}
 */
export function post(options: Post): Promise<string> {
  const { url, agent, action, text, timeoutMs, connectTimeoutMs } = options;
  return new Promise((resolve, reject) => {
    let delivered: Delivery = 'no';
    const fail = (error: Error): void => {
      clearTimeout(timer);
      clearTimeout(connectTimer);
      request.destroy();
      // If a name has several addresses, the sum of their errors has no message.
      const reason = error.message || (error as NodeJS.ErrnoException).code;
      reject(new TransportError(`${url}: ${reason}`, delivered));
    };
    const request = httpsRequest(url, {
      method: 'POST',
      agent,
      headers: {
        'Content-Type': 'text/xml; charset=utf-8',
        'Content-Length': Buffer.byteLength(text),
        SOAPAction: `"${action}"`,
      },
    });
    const timer = setTimeout(() => fail(new Error(`no answer within ${timeoutMs} ms`)), timeoutMs);
    const connectTimer =
      connectTimeoutMs === undefined
        ? undefined
        : setTimeout(
            () => fail(new Error(`no connection within ${connectTimeoutMs} ms`)),
            connectTimeoutMs,
          );
    const connected = (): void => {
      clearTimeout(connectTimer);
      delivered = 'unknown';
    };
    request.on('error', fail);
    // From the moment the channel is there, nobody here can tell how far the message got.
    request.on('socket', (socket) => {
      if (request.reusedSocket) connected();
      else socket.once('secureConnect', connected);
    });
    request.on('response', (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      response.on('error', fail);
      response.on('aborted', () => fail(new Error('the answer broke off')));
      response.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size > MAX_ANSWER_BYTES) return fail(new Error('the answer is too long'));
        chunks.push(chunk);
      });
      response.on('end', () => {
        clearTimeout(timer);
        resolve(Buffer.concat(chunks).toString('utf8'));
      });
    });
    request.end(text);
  });
}
