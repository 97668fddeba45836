import { connect, type Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { noteCommand } from '@vbs-lustre/shared/commands';

/**
 * `gone`: no process listens on the socket. `closed`: the connection ended. `timeout`: no answer in time.
 * `refused`: QEMU answered with an error. `protocol`: what came is not QMP.
 */
export type QmpFailure = 'gone' | 'closed' | 'timeout' | 'refused' | 'protocol';

export class QmpError extends Error {
  override readonly name = 'QmpError';
  readonly kind: QmpFailure;
  /** QEMU's class of a `refused`, such as `DeviceNotFound`. */
  readonly errorClass: string | undefined;

  constructor(kind: QmpFailure, message: string, errorClass?: string) {
    super(message);
    this.kind = kind;
    this.errorClass = errorClass;
  }
}

export interface QmpEvent {
  event: string;
  data?: { device?: string; path?: string };
}

type Message = Record<string, unknown>;

interface Waiter {
  accepts(message: Message): boolean;
  resolve(message: Message): void;
  reject(error: QmpError): void;
}

/** Some thousand block nodes in one answer; QEMU writes every answer in one line. */
const MAX_LINE_CHARACTERS = 4 * 1024 * 1024;
const RETRY_MS = 50;

/** One client of QEMU's monitor: commands out, answers and events in, each one line of JSON. */
export class QmpConnection {
  readonly #socket: Socket;
  readonly #timeoutMs: number;
  readonly #waiters = new Set<Waiter>();
  #lastId = 0;
  #unread = '';
  #failure: QmpError | undefined;

  private constructor(socket: Socket, timeoutMs: number) {
    this.#socket = socket;
    this.#timeoutMs = timeoutMs;
    socket.setEncoding('utf8');
    socket.on('data', (text: string) => this.#read(text));
    socket.on('error', (error) => this.#fail(new QmpError('closed', error.message)));
    socket.on('close', () => this.#fail(new QmpError('closed', 'QEMU ended the connection')));
  }

  /**
   * Connects and agrees on capabilities. A monitor serves one client: while another holds it this waits.
   *
   * @param timeoutMs limit for getting the monitor, and again for each command.
   * @throws {QmpError} `gone`, `timeout` (busy or hung) or `closed`.
   */
  static async open(path: string, timeoutMs: number): Promise<QmpConnection> {
    const until = Date.now() + timeoutMs;
    const connection = new QmpConnection(await connectWhenFree(path, until), timeoutMs);
    try {
      const isGreeting = (message: Message) => 'QMP' in message;
      const what = 'greeting (QEMU hangs or serves another client)';
      await connection.#next(isGreeting, until - Date.now(), what);
      await connection.execute('qmp_capabilities');
      return connection;
    } catch (error) {
      connection.close();
      throw error;
    }
  }

  get closed(): boolean {
    return this.#failure !== undefined;
  }

  /** @throws {QmpError} `refused` with QEMU's words if the command failed; any other kind: outcome unknown. */
  async execute(command: string, args: object = {}): Promise<unknown> {
    const isChange = !/^(query-|qmp_)/.test(command);
    const note = { program: 'qmp', args: [command, args], started: performance.now(), isChange };
    try {
      const value = await this.#execute(command, args);
      noteCommand(note);
      return value;
    } catch (error) {
      noteCommand({ ...note, error: (error as Error).message });
      throw error;
    }
  }

  async #execute(command: string, args: object): Promise<unknown> {
    const id = ++this.#lastId;
    const answer = this.#next((message) => message.id === id, this.#timeoutMs, command);
    this.#socket.write(`${JSON.stringify({ execute: command, arguments: args, id })}\n`);
    const { error, return: value } = await answer;
    if (error === undefined) return value;
    const { class: errorClass, desc } = error as { class?: string; desc?: string };
    throw new QmpError('refused', desc ?? `${command} failed`, errorClass);
  }

  /** The next event that matches, counted from this call on; send the command that causes it afterwards. */
  async nextEvent(matches: (event: QmpEvent) => boolean, timeoutMs: number): Promise<QmpEvent> {
    const accepts = (message: Message) =>
      'event' in message && matches(message as unknown as QmpEvent);
    return (await this.#next(accepts, timeoutMs, 'event')) as unknown as QmpEvent;
  }

  close(): void {
    this.#fail(new QmpError('closed', 'the connection was closed'));
  }

  #next(accepts: Waiter['accepts'], timeoutMs: number, what: string): Promise<Message> {
    if (this.#failure) return Promise.reject(this.#failure);
    return new Promise((resolve, reject) => {
      const end = () => {
        clearTimeout(timer);
        this.#waiters.delete(waiter);
      };
      const waiter: Waiter = {
        accepts,
        resolve: (message) => {
          end();
          resolve(message);
        },
        reject: (error) => {
          end();
          reject(error);
        },
      };
      const late = () => waiter.reject(new QmpError('timeout', `${what}: nothing came in time`));
      const timer = setTimeout(late, timeoutMs);
      this.#waiters.add(waiter);
    });
  }

  #read(text: string): void {
    const lines = (this.#unread + text).split('\n');
    this.#unread = lines.pop() ?? '';
    for (const line of lines) this.#take(line);
    if (this.#unread.length > MAX_LINE_CHARACTERS) {
      this.#fail(new QmpError('protocol', `a line of more than ${MAX_LINE_CHARACTERS} characters`));
    }
  }

  #take(line: string): void {
    if (line.trim() === '') return;
    const message = parse(line);
    if (!message) {
      this.#fail(new QmpError('protocol', `not QMP: ${line.slice(0, 100)}`));
      return;
    }
    for (const waiter of [...this.#waiters]) {
      if (waiter.accepts(message)) waiter.resolve(message);
    }
  }

  #fail(error: QmpError): void {
    this.#failure ??= error;
    this.#socket.destroy();
    for (const waiter of [...this.#waiters]) waiter.reject(this.#failure);
  }
}

function parse(line: string): Message | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? (value as Message) : undefined;
  } catch {
    return undefined;
  }
}

/** QEMU's queue of waiting clients holds only one or two: the next one is told EAGAIN, and tries again. */
async function connectWhenFree(path: string, until: number): Promise<Socket> {
  for (;;) {
    try {
      return await connectOnce(path);
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (code === 'ECONNREFUSED' || code === 'ENOENT') throw new QmpError('gone', message);
      if (code !== 'EAGAIN') throw new QmpError('closed', message);
      if (Date.now() >= until) throw new QmpError('timeout', `other clients hold ${path}`);
    }
    await delay(RETRY_MS);
  }
}

function connectOnce(path: string): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect(path);
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.off('error', reject);
      resolve(socket);
    });
  });
}
