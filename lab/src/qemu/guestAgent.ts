import { rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { type GuestResult, parseAgentLine, requestLine } from './agentProtocol.js';

interface Waiting {
  resolve(result: GuestResult): void;
  reject(reason: Error): void;
}

/**
 * The host's end of a guest's second serial port. QEMU connects to it when it starts, so that no byte
 * of the guest can be missed.
 */
export class GuestAgent {
  /** Fulfilled when the guest takes commands; it never is if the guest doesn't get that far. */
  readonly ready: Promise<void>;
  readonly #server: Server;
  readonly #waiting = new Map<number, Waiting>();
  #markReady: () => void = () => {};
  #socket: Socket | undefined;
  #lastId = 0;

  private constructor() {
    this.ready = new Promise((resolve) => {
      this.#markReady = resolve;
    });
    this.#server = createServer((socket) => this.#serve(socket));
  }

  /** Waits at the socket `path` for the one connection of a QEMU. */
  static async listen(path: string): Promise<GuestAgent> {
    await rm(path, { force: true });
    const agent = new GuestAgent();
    await new Promise<void>((resolve, reject) => {
      agent.#server.once('error', reject);
      agent.#server.listen(path, resolve);
    });
    return agent;
  }

  /**
   * Runs a shell script in the guest. Scripts run one after another; the guest kills one that exceeds
   * its time.
   *
   * @throws {Error} if there is no answer within `timeoutMs` milliseconds or the guest ends meanwhile.
   */
  async run(script: string, timeoutMs: number): Promise<GuestResult> {
    const id = ++this.#lastId;
    const line = requestLine(id, Math.ceil(timeoutMs / 1000), script);
    let timer: NodeJS.Timeout | undefined;
    try {
      return await new Promise<GuestResult>((resolve, reject) => {
        if (!this.#socket) throw new Error('the guest is not connected');
        this.#waiting.set(id, { resolve, reject });
        timer = setTimeout(() => {
          reject(new Error(`the guest gave no answer within ${timeoutMs} ms to: ${script}`));
        }, timeoutMs);
        this.#socket.write(line);
      });
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(id);
    }
  }

  /** Ends the connection; scripts without an answer fail. */
  close(): void {
    this.#socket?.destroy();
    this.#server.close();
  }

  #serve(socket: Socket): void {
    this.#socket = socket;
    // A QEMU that is killed may reset the connection; 'close' follows and says all there is to say.
    socket.on('error', () => {});
    socket.on('close', () => this.#lose());
    const lines = createInterface({ input: socket });
    lines.on('line', (line) => this.#receive(line));
    // It passes on what the socket has told.
    lines.on('error', () => {});
  }

  #receive(line: string): void {
    const message = parseAgentLine(line);
    if (message?.kind === 'ready') this.#markReady();
    if (message?.kind !== 'result') return;
    const { exitCode, output } = message;
    this.#waiting.get(message.id)?.resolve({ exitCode, output });
  }

  #lose(): void {
    this.#socket = undefined;
    for (const { reject } of this.#waiting.values()) reject(new Error('the guest has ended'));
  }
}
