import { connect, type Socket } from 'node:net';
import { createInterface } from 'node:readline';

interface Message {
  id?: number;
  return?: unknown;
  error?: { desc: string };
}

interface Waiting {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

/** A client of QEMU's second monitor: a few lines of its own, so that no code of the product stands between. */
export class WatchMonitor {
  readonly #socket: Socket;
  readonly #waiting = new Map<number, Waiting>();
  #lastId = 0;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('error', () => {});
    socket.on('close', () => this.#end());
    const lines = createInterface({ input: socket });
    lines.on('line', (line) => this.#take(JSON.parse(line)));
    // It passes on what the socket has told.
    lines.on('error', () => {});
  }

  /** @throws {Error} if nobody listens there */
  static async open(path: string): Promise<WatchMonitor> {
    const socket = connect(path);
    await new Promise<void>((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
    const monitor = new WatchMonitor(socket);
    await monitor.execute('qmp_capabilities');
    return monitor;
  }

  /** @throws {Error} with QEMU's words, or if it has ended */
  execute(command: string, args: object = {}): Promise<unknown> {
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      if (this.#socket.destroyed) return reject(new Error('QEMU has ended'));
      this.#waiting.set(id, { resolve, reject });
      this.#socket.write(`${JSON.stringify({ execute: command, arguments: args, id })}\n`);
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  #take({ id, return: value, error }: Message): void {
    if (id === undefined) return;
    const waiting = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (error) waiting?.reject(new Error(error.desc));
    else waiting?.resolve(value);
  }

  #end(): void {
    for (const { reject } of this.#waiting.values()) reject(new Error('QEMU has ended'));
    this.#waiting.clear();
  }
}
