import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';

/** Larger than any message of our contracts by far. */
export const MAX_MESSAGE_BYTES = 512 * 1024;

/** Refused before anything is parsed: a plain HTTP answer, not a SOAP fault. */
export class HttpRefusal extends Error {
  override readonly name = 'HttpRefusal';
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/**
 * Reads a request's body: `text/xml` in UTF-8, not compressed, of bounded size.
 * @throws {HttpRefusal}
 */
export async function readText(request: IncomingMessage): Promise<string> {
  checkHeaders(request);
  const bytes = await readBytes(request);
  if (!isUtf8(bytes)) throw new HttpRefusal(400, 'The message is not UTF-8.');
  return bytes.toString('utf8');
}

/** By events: an iterator over the stream would cost as much as all of the rest of HTTP. */
function readBytes(request: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    request.on('error', () => reject(brokenOff()));
    request.on('close', () => request.complete || reject(brokenOff()));
    request.on('end', () => resolve(Buffer.concat(chunks)));
    request.on('data', (chunk: Buffer) => {
      size += chunk.length;
      if (size <= MAX_MESSAGE_BYTES) return void chunks.push(chunk);
      request.pause();
      reject(tooLarge());
    });
  });
}

function checkHeaders({ headers }: IncomingMessage): void {
  const [type = '', ...parameters] = (headers['content-type'] ?? '').toLowerCase().split(';');
  if (type.trim() !== 'text/xml')
    throw new HttpRefusal(415, 'Send Content-Type text/xml (SOAP 1.1).');
  const charset = parameters.map((each) => each.trim()).find((each) => each.startsWith('charset='));
  if (charset && !/^charset="?utf-8"?$/.test(charset)) throw new HttpRefusal(415, 'Send UTF-8.');
  if ((headers['content-encoding'] ?? 'identity') !== 'identity') {
    throw new HttpRefusal(415, 'Send the message without Content-Encoding.');
  }
  if (Number(headers['content-length'] ?? 0) > MAX_MESSAGE_BYTES) throw tooLarge();
}

function brokenOff(): HttpRefusal {
  return new HttpRefusal(400, 'The message broke off.');
}

function tooLarge(): HttpRefusal {
  return new HttpRefusal(413, `The message is larger than ${MAX_MESSAGE_BYTES} bytes.`);
}
