import { createServer, type Server } from 'node:net';

/** Of Xen's public/io/xs_wire.h. */
const READ = 2;
const TRANSACTION_START = 6;
const TRANSACTION_END = 7;
const ERROR = 16;
const HEADER_BYTES = 16;

/**
 * Answers as xenstored in C does, which Debian's Xen does not start: a transaction reads what is there at the time, and its end is
 * refused if that has changed since (docs/misc/xenstore.txt of Xen 4.17, TRANSACTION_END).
 */
export class FakeXenstored {
  readonly nodes = new Map<string, string>();
  /** What the last transaction has read. */
  readonly #seen = new Map<string, string>();
  readonly #server: Server;
  transactions = 0;

  constructor() {
    this.#server = createServer((socket) => {
      // Whoever has looked leaves, also before all is answered.
      socket.on('error', () => undefined);
      socket.on('data', (bytes) => {
        for (let rest = bytes; rest.length > 0; ) {
          const header = new Uint32Array(new Uint8Array(rest.subarray(0, HEADER_BYTES)).buffer);
          const [type = 0, , , length = 0] = header;
          const argument = rest.subarray(HEADER_BYTES, HEADER_BYTES + length).toString();
          rest = rest.subarray(HEADER_BYTES + length);
          socket.write(this.#answer(type, argument.replace(/\0$/, '')));
        }
      });
    });
  }

  listen(path: string): Promise<void> {
    return new Promise((resolve) => this.#server.listen(path, resolve));
  }

  close(): void {
    this.#server.close();
  }

  #answer(type: number, argument: string): Buffer {
    if (type === TRANSACTION_START) {
      this.#seen.clear();
      this.transactions += 1;
      return message(type, `${this.transactions}\0`);
    }
    if (type === READ) {
      const value = this.nodes.get(argument);
      if (value === undefined) return message(ERROR, 'ENOENT\0');
      this.#seen.set(argument, value);
      return message(type, value);
    }
    const isSame = [...this.#seen].every(([path, value]) => this.nodes.get(path) === value);
    const isRefused = type !== TRANSACTION_END || (argument === 'T' && !isSame);
    return isRefused ? message(ERROR, 'EAGAIN\0') : message(type, 'OK\0');
  }
}

function message(type: number, text: string): Buffer {
  const payload = Buffer.from(text);
  const header = new Uint32Array([type, 0, 0, payload.length]);
  return Buffer.concat([Buffer.from(header.buffer), payload]);
}
