import { rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { createInterface } from 'node:readline';
import { type GuestResult, parseAgentLine, requestLine } from './agentProtocol.js';

interface Waiting {
  resolve(result: GuestResult): void;
  reject(reason: Error): void;
}

/**
 * The host's end of a port of a machine, at whose other end an agent serves. QEMU connects to it when it starts, so
 * that no byte can be missed.
 */
export class GuestAgent {
  readonly #server: Server;
  readonly #waiting = new Map<number, Waiting>();
  readonly #tell: (line: string) => void;
  #markReady: () => void = () => {};
  #ready = this.#nextReady();
  #socket: Socket | undefined;
  #lastId = 0;

  private constructor(tell: (line: string) => void) {
    this.#tell = tell;
    this.#server = createServer((socket) => this.#serve(socket));
  }

  /**
   * Waits at the socket `path` for the one connection of a QEMU.
   * @param tell gets what comes through the port and is no answer
   */
  static async listen(path: string, tell: (line: string) => void = () => {}): Promise<GuestAgent> {
    await rm(path, { force: true });
    const agent = new GuestAgent(tell);
    await new Promise<void>((resolve, reject) => {
      agent.#server.once('error', reject);
      agent.#server.listen(path, resolve);
    });
    return agent;
  }

  /** Fulfilled when an agent takes commands; it never is if the machine doesn't get that far. */
  get ready(): Promise<void> {
    return this.#ready;
  }

  /** The agent has ended, and another one may serve at its port: scripts without an answer fail. */
  expectAnother(): void {
    this.#ready = this.#nextReady();
    this.#failAll();
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

  #nextReady(): Promise<void> {
    return new Promise((resolve) => {
      this.#markReady = resolve;
    });
  }

  #serve(socket: Socket): void {
    this.#socket = socket;
    // A QEMU that is killed may reset the connection; 'close' follows and says all there is to say.
    socket.on('error', () => {});
    socket.on('close', () => {
      this.#socket = undefined;
      this.#failAll();
    });
    const lines = createInterface({ input: socket });
    lines.on('line', (line) => this.#receive(line));
    // It passes on what the socket has told.
    lines.on('error', () => {});
  }

  #receive(line: string): void {
    const message = parseAgentLine(line);
    if (!message) this.#tell(line);
    if (message?.kind === 'ready') this.#markReady();
    if (message?.kind !== 'result') return;
    const { exitCode, output } = message;
    this.#waiting.get(message.id)?.resolve({ exitCode, output });
  }

  #failAll(): void {
    for (const { reject } of this.#waiting.values()) reject(new Error('the guest has ended'));
  }
}
