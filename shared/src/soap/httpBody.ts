import { isUtf8 } from 'node:buffer';
import type { IncomingMessage } from 'node:http';

/** Larger than any message of our contracts by far. */
export const MAX_MESSAGE_BYTES = 512 * 1024;
/** Of all messages together that have not arrived as a whole: slow senders must not fill the memory. */
const MAX_UNFINISHED_BYTES = 64 * 1024 * 1024;

/** Refused before anything is parsed: a plain HTTP answer, not a SOAP fault. */
export class HttpRefusal extends Error {
  override readonly name = 'HttpRefusal';
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;

  constructor(status: number, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message);
    this.status = status;
    this.headers = headers;
  }
}

/** As much of one as has arrived. */
interface Body {
  size: number;
  chunks: Buffer[];
}

/** Reads the bodies of requests: `text/xml` in UTF-8, not compressed, of bounded size. */
export class BodyReader {
  readonly #maxUnfinishedBytes: number;
  #unfinishedBytes = 0;

  constructor(maxUnfinishedBytes = MAX_UNFINISHED_BYTES) {
    this.#maxUnfinishedBytes = maxUnfinishedBytes;
  }

  /** @throws {HttpRefusal} */
  async read(request: IncomingMessage): Promise<string> {
    checkHeaders(request);
    const body: Body = { size: 0, chunks: [] };
    try {
      await this.#take(request, body);
    } finally {
      this.#unfinishedBytes -= body.size;
    }
    const bytes = Buffer.concat(body.chunks);
    if (!isUtf8(bytes)) throw new HttpRefusal(400, 'The message is not UTF-8.');
    return bytes.toString('utf8');
  }

  /** By events: an iterator over the stream would cost as much as all of the rest of HTTP. */
  #take(request: IncomingMessage, body: Body): Promise<void> {
    return new Promise((resolve, reject) => {
      const breakOff = () => reject(new HttpRefusal(400, 'The message broke off.'));
      request.on('error', breakOff);
      request.on('close', () => request.complete || breakOff());
      request.on('end', resolve);
      const take = (chunk: Buffer): void => {
        body.size += chunk.length;
        this.#unfinishedBytes += chunk.length;
        const refusal = this.#refusalOf(body.size);
        if (!refusal) return void body.chunks.push(chunk);
        // Node reads on to throw away what is left.
        request.off('data', take);
        request.pause();
        reject(refusal);
      };
      request.on('data', take);
    });
  }

  #refusalOf(size: number): HttpRefusal | undefined {
    if (size > MAX_MESSAGE_BYTES) return tooLarge();
    if (this.#unfinishedBytes <= this.#maxUnfinishedBytes) return undefined;
    return new HttpRefusal(503, 'The service is busy; try again later.', { 'Retry-After': '5' });
  }
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

function tooLarge(): HttpRefusal {
  return new HttpRefusal(413, `The message is larger than ${MAX_MESSAGE_BYTES} bytes.`);
}
