import { connect, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { setTimeout as delay } from 'node:timers/promises';

interface Message {
  id?: number;
  return?: unknown;
  error?: { desc: string };
}

interface Waiting {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

const START_MS = 300_000;
const RETRY_MS = 20;

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

  /** Waits for a QEMU that is being started. @throws {Error} if nobody listens there after a while */
  static async open(path: string): Promise<WatchMonitor> {
    const deadline = performance.now() + START_MS;
    for (;;) {
      const socket = connect(path);
      const error = await new Promise<Error | undefined>((resolve) => {
        socket.once('connect', () => resolve(undefined));
        socket.once('error', resolve);
      });
      if (!error) {
        const monitor = new WatchMonitor(socket);
        await monitor.execute('qmp_capabilities');
        return monitor;
      }
      if (performance.now() > deadline) throw error;
      await delay(RETRY_MS);
    }
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
