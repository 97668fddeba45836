import { appendFileSync } from 'node:fs';
import { mkdir, rm } from 'node:fs/promises';
import { arch, freemem } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type StartedProcess, startProcess } from '@vbs-lustre/shared/process/start';
import type { GuestResult } from '../agent/agentProtocol.js';
import { explainFailedBoot } from '../agent/failedBoot.js';
import { GuestAgent } from '../agent/guestAgent.js';
import { checkSocketPath } from '../agent/socketPath.js';
import { prepareHostFiles } from './hostFiles.js';
import { xenArguments } from './xenArguments.js';
import { XenGuest } from './xenGuest.js';
import { prepareXenSystem } from './xenSystem.js';

export interface XenHostOptions {
  /** The host's name. */
  name: string;
  /** For logs and sockets; made if missing. */
  stateDirectory: string;
  /** The folder that the control domain sees as /volumes: the cluster file system. */
  volumes: string;
  /** The folder that it sees as /etc/vbs-lustre. */
  settings: string;
  /** The names that its guests can have. */
  guests: readonly string[];
  /** What it sees at /opt/vbs-lustre. */
  delegateDisk?: string;
  /** Where connections to port 8445 of the host are taken on this machine. */
  delegatePort?: number;
}

const DOM0 = 'dom0';
const NEEDED_GIB = 2;
const BOOT_MS = 600_000;
const RUN_MS = 300_000;
const GUEST_MS = 600_000;
const STOP_MS = 10_000;

/** A Xen host in a QEMU process: Xen, its control domain, and paravirtual guests. It dies with this process. */
export class XenHost {
  readonly name: string;
  readonly consoleLog: string;
  readonly #options: XenHostOptions;
  readonly #agents: ReadonlyMap<string, GuestAgent>;
  readonly #qemu: StartedProcess;

  private constructor(
    options: XenHostOptions,
    agents: ReadonlyMap<string, GuestAgent>,
    qemu: StartedProcess,
  ) {
    this.name = options.name;
    this.consoleLog = logOf(options, 'console');
    this.#options = options;
    this.#agents = agents;
    this.#qemu = qemu;
  }

  /**
   * Boots a host and waits until its control domain takes commands: about half a minute, and the very first time some
   * minutes to make its system.
   *
   * @throws {Error} if this machine can't be a Xen host; with the end of the console log if it isn't ready in time
   */
  static async start(options: XenHostOptions): Promise<XenHost> {
    checkMachine();
    const [system, files] = await Promise.all([prepareXenSystem(), prepareHostFiles()]);
    await mkdir(options.stateDirectory, { recursive: true });
    const consoleLog = logOf(options, 'console');
    const qemuLog = logOf(options, 'qemu');
    await rm(consoleLog, { force: true });
    const ports = new Map([DOM0, ...options.guests].map((name) => [name, socketOf(options, name)]));
    const agents = new Map<string, GuestAgent>();
    for (const [name, path] of ports) {
      const log = logOf(options, name);
      await rm(log, { force: true });
      const tell = (line: string) => appendFileSync(log, `${line.trimEnd()}\n`);
      agents.set(name, await GuestAgent.listen(path, tell));
    }
    const { name, volumes, settings, delegateDisk, delegatePort } = options;
    const args = xenArguments({
      ...{ name, system, boot: files.boot, ports, consoleLog },
      folders: { lab: files.lab, volumes, settings },
      ...(delegateDisk !== undefined && { delegateDisk }),
      ...(delegatePort !== undefined && { delegatePort }),
    });
    const qemu = await startProcess('qemu-system-x86_64', args, { logFile: qemuLog });
    const host = new XenHost(options, agents, qemu);
    const outcome = await Promise.race([
      host.#agent(DOM0).ready,
      qemu.ended.then(() => 'QEMU ended'),
      delay(BOOT_MS, `it took more than ${BOOT_MS} ms`, { ref: false }),
    ]);
    if (outcome === undefined) return host;
    await host.stop();
    throw await explainFailedBoot(name, outcome, { consoleLog, qemuLog });
  }

  /** Runs a script with bash in the control domain; one that fails is no error here. */
  run(script: string, timeoutMs = RUN_MS): Promise<GuestResult> {
    return this.#agent(DOM0).run(script, timeoutMs);
  }

  /** @throws {Error} with what it printed if it fails */
  async must(script: string, timeoutMs = RUN_MS): Promise<string> {
    const { exitCode, output } = await this.run(script, timeoutMs);
    if (exitCode === 0) return output;
    throw new Error(`${this.name}: ${script} failed with ${exitCode}: ${output.trim()}`);
  }

  /**
   * Creates a guest and waits until it takes commands.
   * @param configuration more lines for xl.cfg(5)
   */
  async startGuest(name: string, configuration: readonly string[] = []): Promise<XenGuest> {
    const agent = this.#agent(name);
    agent.expectAnother();
    const lines = configuration.map((line) => ` '${line}'`).join('');
    await this.must(`/lab/start-guest ${name}${lines}`, GUEST_MS);
    const isReady = await Promise.race([
      agent.ready.then(() => true),
      delay(GUEST_MS, false, { ref: false }),
    ]);
    if (!isReady) throw new Error(`${name} on ${this.name} was not ready within ${GUEST_MS} ms`);
    return new XenGuest(this, name, logOf(this.#options, name), agent);
  }

  /** Kills QEMU: the host loses its power, and its guests with it. */
  async crash(): Promise<void> {
    process.kill(this.#qemu.pid, 'SIGKILL');
    await this.#qemu.ended;
    this.#close();
  }

  async stop(): Promise<void> {
    await this.#qemu.stop(STOP_MS);
    this.#close();
  }

  #close(): void {
    for (const agent of this.#agents.values()) agent.close();
  }

  #agent(name: string): GuestAgent {
    const agent = this.#agents.get(name);
    if (!agent) throw new Error(`${this.name} has no port for ${name}`);
    return agent;
  }
}

function logOf({ stateDirectory }: XenHostOptions, name: string): string {
  return join(stateDirectory, `${name}.log`);
}

function socketOf({ stateDirectory }: XenHostOptions, name: string): string {
  return checkSocketPath(join(stateDirectory, `${name}.port`));
}

function checkMachine(): void {
  if (arch() !== 'x64') {
    throw new Error(`The Xen lab emulates a 64-bit PC, and needs one; this machine is ${arch()}.`);
  }
  const free = freemem() / 1024 ** 3;
  if (free < NEEDED_GIB) {
    throw new Error(
      `A Xen host needs ${NEEDED_GIB} GiB of memory; ${free.toFixed(1)} GiB are free here.`,
    );
  }
}
