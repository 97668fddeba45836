import { readFile, stat } from 'node:fs/promises';
import { createConnection } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { type StartedProcess, startProcess } from '@vbs-lustre/shared/process/start';

export interface ServiceOptions {
  /** Of the deployment: several delegates of one kind have names of their own. */
  name: string;
  kind: 'vbslustre' | 'volume-delegate' | 'vmm-delegate';
  configFile: string;
  logFile: string;
  port: number;
  env?: Readonly<Record<string, string>>;
  /** For node itself. */
  nodeArguments?: readonly string[];
}

const READY_MS = 120_000;
const STOP_MS = 60_000;

/** One service as a process of its own. */
export class ServiceProcess {
  readonly options: ServiceOptions;
  readonly #process: StartedProcess;
  /** Where its own log begins, in the file that earlier processes have written too. */
  readonly #logStart: number;
  #isRunning = true;

  private constructor(options: ServiceOptions, process: StartedProcess, logStart: number) {
    this.options = options;
    this.#process = process;
    this.#logStart = logStart;
    void process.ended.then(() => {
      this.#isRunning = false;
    });
  }

  get isRunning(): boolean {
    return this.#isRunning;
  }

  get pid(): number {
    return this.#process.pid;
  }

  /** Starts the service and waits until it listens. @throws {Error} with its last words if it does not. */
  static async start(options: ServiceOptions): Promise<ServiceProcess> {
    await refuseTakenPort(options);
    const entry = fileURLToPath(
      new URL(`../../../services/${options.kind}/dist/main.js`, import.meta.url),
    );
    const args = [...(options.nodeArguments ?? []), entry, '--config', options.configFile];
    const logStart = await sizeOf(options.logFile);
    const started = await startProcess(process.execPath, args, {
      logFile: options.logFile,
      ...(options.env && { env: options.env }),
    });
    const service = new ServiceProcess(options, started, logStart);
    await service.#waitUntilReady();
    return service;
  }

  /** SIGTERM, and SIGKILL if it takes too long. */
  async stop(): Promise<void> {
    await this.#process.stop(STOP_MS);
  }

  /** SIGKILL: the service has no time for anything. */
  async kill(): Promise<void> {
    process.kill(this.pid, 'SIGKILL');
    await this.#process.ended;
  }

  /**
   * Waits for a message of its log, with these fields.
   * @throws {Error} with its last words if it does not come, or the service ends
   */
  async waitForLog(message: string, fields: Readonly<Record<string, string>> = {}): Promise<void> {
    const { name, logFile } = this.options;
    const meant = Object.entries({ message, ...fields });
    const isThere = async () => {
      const log = (await readFile(logFile)).subarray(this.#logStart).toString();
      return log.split('\n').some((line) => {
        const logged = parse(line);
        return meant.every(([field, value]) => logged[field] === value);
      });
    };
    if (await this.#wait(isThere)) return;
    throw new Error(
      `The service ${name} has not logged "${message}". Its last words:\n${await this.#lastWords()}`,
    );
  }

  async #waitUntilReady(): Promise<void> {
    const { name, port } = this.options;
    if (await this.#wait(() => canConnect(port))) return;
    await this.stop();
    throw new Error(
      `The service ${name} did not start. Its last words:\n${await this.#lastWords()}`,
    );
  }

  /** Whether something comes true while the service runs. */
  async #wait(isTrue: () => Promise<boolean>): Promise<boolean> {
    const deadline = Date.now() + READY_MS;
    while (Date.now() < deadline) {
      if (await isTrue()) return true;
      await Promise.race([this.#process.ended, delay(50)]);
      if (!this.#isRunning) return false;
    }
    return false;
  }

  async #lastWords(): Promise<string> {
    const log = await readFile(this.options.logFile, 'utf8');
    return log.trimEnd().split('\n').slice(-5).join('\n');
  }
}

/** A line of a log; one that is none, or half written, says nothing. */
function parse(line: string): Record<string, unknown> {
  try {
    return JSON.parse(line);
  } catch {
    return {};
  }
}

async function sizeOf(file: string): Promise<number> {
  return stat(file).then(
    ({ size }) => size,
    () => 0,
  );
}

async function refuseTakenPort({ name, port }: ServiceOptions): Promise<void> {
  if (!(await canConnect(port))) return;
  throw new Error(
    `Port ${port}, which the service ${name} needs, is taken by another program. Stop that program ` +
      '(is another deployment running?), or choose other ports: npm start -- --port 18443',
  );
}

function canConnect(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ host: '127.0.0.1', port });
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => resolve(false));
  });
}
