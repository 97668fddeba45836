import { randomBytes } from 'node:crypto';
import { chown, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { run } from '@vbs-lustre/shared/process/run';
import { type StartedProcess, startProcess } from '@vbs-lustre/shared/process/start';
import { type Account, accountForPostgres, findPrograms } from './postgresPrograms.js';
import { childrenOf, hasEnded } from './processes.js';

const USER = 'vbs';
const COMMAND_MS = 60_000;
const READY_MS = 60_000;
const STOP_MS = 15_000;

/**
 * Only programs are killed here, never the machine: nothing has to reach the disk. There is no TCP port, so none that
 * others could take.
 */
const SETTINGS = { fsync: 'off', full_page_writes: 'off', max_connections: '200' };

/** A PostgreSQL server of one's own: in a folder, reached by a socket in it. */
export class PostgresServer {
  readonly folder: string;
  readonly #programs: string;
  readonly #account: Account | undefined;
  readonly #password: string;
  #process: StartedProcess | undefined;

  private constructor(
    folder: string,
    programs: string,
    account: Account | undefined,
    password: string,
  ) {
    this.folder = folder;
    this.#programs = programs;
    this.#account = account;
    this.#password = password;
  }

  /**
   * Starts the server of this folder, which is made if it is missing. Another user must be able to get there, if this
   * is root: PostgreSQL refuses root.
   *
   * @param folder a short name: it holds a Unix socket
   */
  static async start(folder: string): Promise<PostgresServer> {
    const account = await accountForPostgres();
    await mkdir(folder, { recursive: true, mode: 0o700 });
    if (account) await chown(folder, account.uid, account.gid);
    const password = await ensurePassword(join(folder, 'password'), account);
    const server = new PostgresServer(folder, await findPrograms(), account, password);
    await server.#initialise();
    await server.restart();
    return server;
  }

  /** Where a database of this server is, for the front end's setting `database`. */
  url(database: string): string {
    return `postgres://${USER}:${this.#password}@${encodeURIComponent(this.folder)}/${database}`;
  }

  /** Makes a database, unless it is there already. */
  async ensureDatabase(name: string): Promise<void> {
    const found = `select 1 from pg_database where datname = '${name}'`;
    if ((await this.#sql(found)) === '') await this.#sql(`create database "${name}"`);
  }

  /** Starts it (again), and waits until it answers. @throws {Error} with its last words if it does not */
  async restart(): Promise<void> {
    const settings = { ...SETTINGS, unix_socket_directories: this.folder, listen_addresses: '' };
    const options = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
    const [program, ...args] = this.#command('postgres', '-D', this.#data, ...options);
    const logFile = join(this.folder, 'log');
    this.#process = await startProcess(program, args, { logFile });
    const ended = this.#process.ended.then(() => 'ended' as const);
    const deadline = Date.now() + READY_MS;
    while (Date.now() < deadline) {
      if (await this.#isReady()) return;
      if ((await Promise.race([ended, delay(50)])) === 'ended') break;
    }
    const log = await readFile(logFile, 'utf8');
    throw new Error(`PostgreSQL did not start: ${log.trimEnd().split('\n').slice(-5).join('\n')}`);
  }

  /** Ends it in order, without waiting for its clients. */
  async stop(): Promise<void> {
    const running = this.#process;
    if (!running || (await hasEnded(running.pid))) return;
    this.resume();
    process.kill(running.pid, 'SIGINT');
    await Promise.race([running.ended, delay(STOP_MS, undefined, { ref: false })]);
    await running.stop(0);
  }

  /** SIGKILL for all its processes. */
  async kill(): Promise<void> {
    const pids = this.#pids();
    for (const pid of pids) signal(pid, 'SIGKILL');
    while (!(await Promise.all(pids.map(hasEnded))).every(Boolean)) await delay(20);
    await this.#process?.ended;
  }

  /** SIGSTOP: it takes messages and answers none. */
  pause(): void {
    for (const pid of this.#pids()) signal(pid, 'SIGSTOP');
  }

  resume(): void {
    for (const pid of this.#pids()) signal(pid, 'SIGCONT');
  }

  async remove(): Promise<void> {
    await this.stop();
    await rm(this.folder, { recursive: true, force: true, maxRetries: 9 });
  }

  get #data(): string {
    return join(this.folder, 'data');
  }

  async #initialise(): Promise<void> {
    const isThere = await readFile(join(this.#data, 'PG_VERSION')).then(
      () => true,
      () => false,
    );
    if (isThere) return;
    // One that was broken off.
    await rm(this.#data, { recursive: true, force: true });
    const options = ['--encoding=UTF8', '--locale=C.UTF-8', '--no-sync', '--auth=scram-sha-256'];
    const who = [`--username=${USER}`, `--pwfile=${join(this.folder, 'password')}`];
    const [program, ...args] = this.#command('initdb', '-D', this.#data, ...options, ...who);
    await run(program, args, { timeoutMs: COMMAND_MS });
  }

  async #sql(statement: string): Promise<string> {
    const args = ['--no-psqlrc', '-qAt', '-v', 'ON_ERROR_STOP=1', '-c', statement];
    const [program, ...rest] = this.#command('psql', this.url('postgres'), ...args);
    return (await run(program, rest, { timeoutMs: COMMAND_MS })).stdout;
  }

  async #isReady(): Promise<boolean> {
    const [program, ...args] = this.#command('pg_isready', '-q', '-h', this.folder);
    return run(program, args, { timeoutMs: COMMAND_MS }).then(
      () => true,
      () => false,
    );
  }

  /** With the rights of its own user; the kernel ends it with this process, also after that change. */
  #command(name: string, ...args: string[]): [string, ...string[]] {
    const command = [join(this.#programs, name), ...args] as [string, ...string[]];
    if (!this.#account) return command;
    const { uid, gid } = this.#account;
    const user = [`--reuid=${uid}`, `--regid=${gid}`, '--clear-groups', '--pdeathsig', 'KILL'];
    return ['setpriv', ...user, '--', ...command];
  }

  /** Of the server and all that it has started, itself first: so it can't start more meanwhile. */
  #pids(): number[] {
    const pid = this.#process?.pid;
    return pid === undefined ? [] : [pid, ...childrenOf(pid)];
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It has ended.
  }
}

async function ensurePassword(file: string, account: Account | undefined): Promise<string> {
  const known = await readFile(file, 'utf8').catch(() => undefined);
  if (known !== undefined) return known;
  const password = randomBytes(16).toString('hex');
  await writeFile(file, password, { mode: 0o600 });
  if (account) await chown(file, account.uid, account.gid);
  return password;
}
