import { readFileSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type StartedProcess, startProcess } from '@vbs-lustre/shared/process/start';
import { type Ended, execute } from '../support/programs.js';
import { remove, until } from '../support/testbed.js';

const HERE = fileURLToPath(new URL('.', import.meta.url));
const CHECKOUT = fileURLToPath(new URL('../..', import.meta.url));
const HOME = process.env.HOME ?? '/root';
const NAMESPACES = ['mount', 'pid', 'net', 'cgroup', 'uts', 'ipc'];
const COMMAND_MS = 600_000;
const BOOT_MS = 180_000;

/**
 * A host with systemd, on top of this machine's files: what is written there is in memory. It has a network of its own, in
 * which all of the guide's hosts are itself.
 */
export class LabHost {
  readonly #folder: string;
  readonly #process: StartedProcess;
  readonly #pid: number;

  private constructor(folder: string, process: StartedProcess, pid: number) {
    this.#folder = folder;
    this.#process = process;
    this.#pid = pid;
  }

  /** @throws {Error} with the last words of its start; it needs root */
  static async boot(): Promise<LabHost> {
    const folder = await mkdtemp(join(tmpdir(), 'vbs-host-'));
    const namespaces = NAMESPACES.map((each) => `--${each}`);
    const logFile = `${folder}.log`;
    const checkout = CHECKOUT.replace(/\/$/, '');
    const program = ['bash', join(HERE, 'boot-host'), folder, checkout, HOME];
    const started = await startProcess(
      'unshare',
      [...namespaces, '--fork', '--kill-child', ...program],
      { logFile },
    );
    let ended = false;
    void started.ended.then(() => {
      ended = true;
    });
    const look = async () => {
      if (ended) throw new Error(`It must run as root: ${readFileSync(logFile, 'utf8')}`);
      const pid = Number(
        readFileSync(`/proc/${started.pid}/task/${started.pid}/children`, 'utf8').trim(),
      );
      if (!pid) return undefined;
      const it = new LabHost(folder, started, pid);
      const { stdout } = await it.run('systemctl is-system-running').catch(() => ({ stdout: '' }));
      return stdout.trim() === 'running' ? it : undefined;
    };
    try {
      return await until('systemd runs on the host', look, BOOT_MS);
    } catch (error) {
      await started.stop(0);
      throw error;
    }
  }

  /**
   * Runs a script as root in the checkout, whose files it sees.
   * @param network of this machine's network instead of the host's own
   */
  run(script: string, network: 'own' | 'outer' = 'own'): Promise<Ended> {
    return execute(
      'nsenter',
      [...this.#entry(network), 'bash', '-ec', `cd ${CHECKOUT}\nexec 2>&1\n${script}`],
      this.#environment(),
      '/',
      COMMAND_MS,
    );
  }

  /** Starts a program that runs on, without the units' sandbox. */
  start(logFile: string, program: string, ...args: string[]): Promise<StartedProcess> {
    const options = { logFile, env: this.#environment() };
    const command = ['bash', '-c', `cd ${CHECKOUT}; exec "$0" "$@"`, program, ...args];
    return startProcess('nsenter', [...this.#entry('own'), ...command], options);
  }

  async stop(): Promise<void> {
    await this.#process.stop(1_000);
    await remove(this.#folder);
    await remove(`${this.#folder}.log`);
  }

  #entry(network: 'own' | 'outer'): string[] {
    const namespaces = NAMESPACES.filter((each) => network === 'own' || each !== 'net');
    return ['--target', String(this.#pid), ...namespaces.map((each) => `--${each}`)];
  }

  #environment(): Record<string, string> {
    const programs = join(HERE, 'programs');
    return {
      HOME,
      PATH: `${programs}:${dirname(process.execPath)}:${process.env.PATH}`,
      // Headers that came with this Node spare SQLite's compilation a download.
      npm_config_nodedir: dirname(dirname(process.execPath)),
    };
  }
}
