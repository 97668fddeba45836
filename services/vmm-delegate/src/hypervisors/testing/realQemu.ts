import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { QmpConnection, QmpError } from '../qmp.js';

const PROGRAM = 'qemu-system-x86_64';
const START_MS = 120_000;

export interface RealQemuOptions {
  /** Where its `<name>.qmp` appears. */
  directory: string;
  name: string;
  uuid: string;
  args?: string[];
}

/** A real QEMU without a guest system: its processors never run, so nothing answers an unplug but a reset. */
export class RealQemu {
  readonly #process: ChildProcess;
  readonly #control: string;

  private constructor(process: ChildProcess, control: string) {
    this.#process = process;
    this.#control = control;
  }

  /** @throws {Error} if qemu-system-x86_64 is missing: its tests must then fail, not be passed over. */
  static async start({ directory, name, uuid, args = [] }: RealQemuOptions): Promise<RealQemu> {
    const socket = join(directory, `${name}.qmp`);
    const control = join(directory, `${name}.control`);
    const monitors = [socket, control].flatMap((path) => [
      '-qmp',
      `unix:${path},server=on,wait=off`,
    ]);
    const machine = ['-machine', 'pc', '-m', '16', '-nodefaults', '-display', 'none', '-S'];
    const child = spawn(PROGRAM, [...machine, '-name', name, '-uuid', uuid, ...monitors, ...args], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    let failure: Error | undefined;
    child.once('error', () => {
      failure = new Error(`${PROGRAM} is not installed: install the package qemu-system-x86`);
    });
    child.once('exit', (code) => {
      failure ??= new Error(`${PROGRAM} ended with exit code ${code}`);
    });
    const qemu = new RealQemu(child, control);
    const until = Date.now() + START_MS;
    while (!failure && Date.now() < until) {
      if ((await listens(socket)) && (await listens(control))) return qemu;
      await delay(20);
    }
    await qemu.kill();
    throw failure ?? new Error(`${PROGRAM} did not open its monitor`);
  }

  /** A reset completes the unplugs that are pending, as a guest that answers would. */
  async reset(): Promise<void> {
    await this.command('system_reset');
  }

  async command(name: string, args?: object): Promise<unknown> {
    const qmp = await QmpConnection.open(this.#control, START_MS);
    try {
      return await qmp.execute(name, args);
    } finally {
      qmp.close();
    }
  }

  /** Stops the process without ending it: it holds its sockets and answers nothing. */
  freeze(): void {
    this.#process.kill('SIGSTOP');
  }

  async kill(): Promise<void> {
    const { pid, exitCode, signalCode } = this.#process;
    if (pid === undefined || exitCode !== null || signalCode !== null) return;
    const exited = once(this.#process, 'exit');
    this.#process.kill('SIGKILL');
    await exited;
  }
}

async function listens(path: string): Promise<boolean> {
  try {
    (await QmpConnection.open(path, START_MS)).close();
    return true;
  } catch (error) {
    if (error instanceof QmpError && error.kind === 'gone') return false;
    throw error;
  }
}
