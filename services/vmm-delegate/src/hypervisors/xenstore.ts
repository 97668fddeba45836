import { connect, type Socket } from 'node:net';
import { HypervisorError } from './driver.js';

/** xsd_sockmsg.type of Xen's public/io/xs_wire.h. */
const DIRECTORY = 1;
const READ = 2;
const TRANSACTION_START = 6;
const TRANSACTION_END = 7;
const ERROR = 16;
/** xsd_sockmsg: type, request, transaction, length of what follows; all of 32 bits, in the machine's byte order. */
const HEADER_BYTES = 16;
const MAX_PAYLOAD_BYTES = 4096;
const OUTSIDE = '0';

/** What xenstored says when something that was read in a transaction has changed before its end. */
const CHANGED = 'EAGAIN';

/** A view of the store at one moment. */
export interface StoreView {
  /** What a node holds; undefined if there is no such node. */
  read(path: string): Promise<string | undefined>;
  /** The names of a node's children; none if there is no such node. */
  list(path: string): Promise<string[]>;
}

/**
 * Looks at xenstore through xenstored's socket, as Xen's own libxenstore does. All that one look reads is of one
 * moment, however many requests it takes, since they are one transaction; where something has changed meanwhile, it is done again.
 *
 * @param socket xenstored's, such as /run/xenstored/socket
 * @param until when to give up, as in Date.now()
 * @throws {HypervisorError} if xenstored can't be asked, refuses, or does not answer in time
 */
export async function lookAtStore<T>(
  socket: string,
  until: number,
  look: (view: StoreView) => Promise<T>,
): Promise<T> {
  const connection = new StoreConnection(socket, until);
  try {
    for (;;) {
      const transaction = await connection.ask(TRANSACTION_START, OUTSIDE, '');
      const id = text(transaction as Buffer);
      const result = await look(viewOf(connection, id));
      if (await isOfOneMoment(connection, id)) return result;
    }
  } finally {
    connection.close();
  }
}

function viewOf(connection: StoreConnection, transaction: string): StoreView {
  return {
    read: async (path) => textOf(await connection.ask(READ, transaction, path)),
    list: async (path) => {
      const names = textOf(await connection.ask(DIRECTORY, transaction, path)) ?? '';
      return names.split('\0').filter((name) => name !== '');
    },
  };
}

/** Commits: xenstored in C says only then whether all that was read was there at one time; oxenstored reads from a copy. */
async function isOfOneMoment(connection: StoreConnection, transaction: string): Promise<boolean> {
  try {
    await connection.ask(TRANSACTION_END, transaction, 'T');
    return true;
  } catch (error) {
    if (error instanceof StoreRefusal && error.reason === CHANGED) return false;
    throw error;
  }
}

class StoreRefusal extends HypervisorError {
  readonly reason: string;

  constructor(reason: string) {
    super(`xenstored refused: ${reason}`);
    this.reason = reason;
  }
}

interface Waiter {
  resolve(payload: Buffer | undefined): void;
  reject(error: HypervisorError): void;
}

/** Requests are sent at once; xenstored answers them in their order. */
class StoreConnection {
  readonly #socket: Socket;
  readonly #waiters: Waiter[] = [];
  readonly #timer: NodeJS.Timeout;
  #unread = Buffer.alloc(0);
  #failure: HypervisorError | undefined;

  constructor(path: string, until: number) {
    this.#socket = connect(path);
    this.#socket.on('data', (bytes) => this.#receive(bytes));
    this.#socket.on('error', (error) => this.#fail(error.message));
    this.#socket.on('close', () => this.#fail('xenstored ended the connection'));
    const late = () => this.#fail('xenstored did not answer in time');
    this.#timer = setTimeout(late, Math.max(0, until - Date.now()));
  }

  /** The payload of the answer; undefined if there is no such node. */
  ask(type: number, transaction: string, argument: string): Promise<Buffer | undefined> {
    if (this.#failure) return Promise.reject(this.#failure);
    const payload = Buffer.from(`${argument}\0`);
    const header = new Uint32Array([type, 0, Number(transaction), payload.length]);
    this.#socket.write(Buffer.concat([Buffer.from(header.buffer), payload]));
    return new Promise((resolve, reject) => this.#waiters.push({ resolve, reject }));
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#fail('the connection was closed');
  }

  #receive(bytes: Buffer): void {
    this.#unread = Buffer.concat([this.#unread, bytes]);
    while (this.#unread.length >= HEADER_BYTES) {
      const header = new Uint32Array(new Uint8Array(this.#unread.subarray(0, HEADER_BYTES)).buffer);
      const [type, , , length = 0] = header;
      if (length > MAX_PAYLOAD_BYTES) {
        this.#fail('what xenstored said is not xenstore');
        return;
      }
      if (this.#unread.length < HEADER_BYTES + length) return;
      const payload = this.#unread.subarray(HEADER_BYTES, HEADER_BYTES + length);
      this.#unread = this.#unread.subarray(HEADER_BYTES + length);
      this.#answer(type === ERROR, payload);
    }
  }

  #answer(isError: boolean, payload: Buffer): void {
    const waiter = this.#waiters.shift();
    if (!isError) waiter?.resolve(payload);
    else if (text(payload) === 'ENOENT') waiter?.resolve(undefined);
    else waiter?.reject(new StoreRefusal(text(payload)));
  }

  #fail(reason: string): void {
    this.#failure ??= new HypervisorError(`xenstore: ${reason}`);
    this.#socket.destroy();
    for (const { reject } of this.#waiters.splice(0)) reject(this.#failure);
  }
}

function textOf(payload: Buffer | undefined): string | undefined {
  return payload && text(payload);
}

/** Some answers end with a zero byte. */
function text(payload: Buffer): string {
  return payload.toString().replace(/\0$/, '');
}
