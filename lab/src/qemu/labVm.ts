import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type StartedProcess, startProcess } from '@vbs-lustre/shared/process/start';
import type { GuestResult } from './agentProtocol.js';
import { explainFailedBoot } from './failedBoot.js';
import { GuestAgent } from './guestAgent.js';
import { type GuestDisk, parseDisks } from './guestDisks.js';
import { prepareGuestImage } from './guestImage.js';
import { qemuArguments } from './qemuArguments.js';
import { checkSocketPath } from './socketPath.js';

export interface LabVmOptions {
  /** Letters, digits, dots, hyphens and underscores. */
  name: string;
  /** Where QEMU makes its monitor's socket, `<name>.qmp`: the folder that the VMM Delegate looks in. */
  qmpDirectory: string;
  /** For the console log and the rest of what belongs to the machine. Both folders are made if missing. */
  stateDirectory: string;
  memoryMiB?: number;
}

const BOOT_MS = 90_000;
const RUN_MS = 30_000;
const DISK_MS = 15_000;
const POLL_MS = 200;
const POWER_OFF_MS = 5_000;
const SIGTERM_GRACE_MS = 1_000;

/**
 * A running virtual machine of the lab: Linux with busybox, no disks, no network. It dies with this
 * process.
 *
 * Its QMP monitor serves one client at a time and belongs to the VMM Delegate, so this class never
 * connects to it and speaks to an agent inside the guest instead.
 */
export class LabVm {
  readonly name: string;
  /** Path of the QMP monitor's socket. */
  readonly monitorSocket: string;
  /** Path of the socket of a second QMP monitor, for one client that watches beside the VMM Delegate. */
  readonly watchSocket: string;
  /** Path of the log where the guest tells people which disks come and go. */
  readonly consoleLog: string;
  readonly #agent: GuestAgent;
  readonly #qemu: StartedProcess;

  private constructor(files: LabVmFiles, name: string, agent: GuestAgent, qemu: StartedProcess) {
    this.name = name;
    this.monitorSocket = files.monitorSocket;
    this.watchSocket = files.watchSocket;
    this.consoleLog = files.consoleLog;
    this.#agent = agent;
    this.#qemu = qemu;
  }

  /**
   * Boots a machine and waits until its guest takes commands: some seconds, and the very first time
   * also the making of the guest's image.
   *
   * @throws {Error} with the end of the console log if the guest isn't ready within 90 s.
   */
  static async start(options: LabVmOptions): Promise<LabVm> {
    const { name, memoryMiB = 128 } = options;
    const files = filesOf(options);
    const image = await prepareGuestImage();
    await mkdir(options.qmpDirectory, { recursive: true });
    await mkdir(options.stateDirectory, { recursive: true });
    await rm(files.consoleLog, { force: true });
    await rm(files.qemuLog, { force: true });
    const agent = await GuestAgent.listen(files.agentSocket);
    try {
      const args = qemuArguments({ name, memoryMiB, image, ...files });
      const qemu = await startProcess('qemu-system-x86_64', args, { logFile: files.qemuLog });
      const vm = new LabVm(files, name, agent, qemu);
      await vm.#waitUntilReady(files);
      return vm;
    } catch (error) {
      agent.close();
      throw error;
    }
  }

  /**
   * Runs a script with the guest's busybox shell. A script that fails is no error here: see the exit
   * code.
   *
   * @throws {Error} if the guest doesn't answer within `timeoutMs` milliseconds or has ended.
   */
  run(script: string, timeoutMs = RUN_MS): Promise<GuestResult> {
    return this.#agent.run(script, timeoutMs);
  }

  /** The disks that the guest has now, in the order of their names. */
  async disks(): Promise<GuestDisk[]> {
    const { output } = await this.run('list-disks');
    return parseDisks(output);
  }

  /**
   * Waits until the guest has a disk with this serial number.
   *
   * @throws {Error} if it doesn't within `timeoutMs` milliseconds.
   */
  async waitForDisk(serial: string, timeoutMs = DISK_MS): Promise<GuestDisk> {
    const disk = await this.#watchDisk(serial, (found) => found !== undefined, timeoutMs);
    if (!disk) throw new Error(`${this.name} got no disk ${serial} within ${timeoutMs} ms`);
    return disk;
  }

  /**
   * Waits until the guest has no disk with this serial number.
   *
   * @throws {Error} if it still has after `timeoutMs` milliseconds.
   */
  async waitForDiskGone(serial: string, timeoutMs = DISK_MS): Promise<void> {
    const disk = await this.#watchDisk(serial, (found) => found === undefined, timeoutMs);
    if (disk) throw new Error(`${this.name} still had disk ${serial} after ${timeoutMs} ms`);
  }

  /** Has the guest write back what it holds and power itself off; a guest that doesn't is killed. */
  async stop(): Promise<void> {
    // Never answered: the guest is gone by then, or doesn't answer at all.
    this.run('sync; poweroff -f', POWER_OFF_MS).catch(() => {});
    await Promise.race([this.#qemu.ended, delay(POWER_OFF_MS, undefined, { ref: false })]);
    await this.#kill();
  }

  /** As if the machine lost its power: nothing is written back. */
  async crash(): Promise<void> {
    process.kill(this.#qemu.pid, 'SIGKILL');
    await this.#qemu.ended;
    this.#agent.close();
  }

  async #watchDisk(
    serial: string,
    satisfied: (disk: GuestDisk | undefined) => boolean,
    timeoutMs: number,
  ): Promise<GuestDisk | undefined> {
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      const disk = (await this.disks()).find((candidate) => candidate.serial === serial);
      if (satisfied(disk) || Date.now() >= deadline) return disk;
      await delay(POLL_MS);
    }
  }

  async #waitUntilReady(files: LabVmFiles): Promise<void> {
    const outcome = await Promise.race([
      this.#agent.ready,
      this.#qemu.ended.then(() => 'QEMU ended'),
      delay(BOOT_MS, `it took more than ${BOOT_MS} ms`, { ref: false }),
    ]);
    if (outcome === undefined) return;
    await this.#kill();
    throw await explainFailedBoot(this.name, outcome, files);
  }

  async #kill(): Promise<void> {
    await this.#qemu.stop(SIGTERM_GRACE_MS);
    this.#agent.close();
    // A killed QEMU leaves its socket behind.
    for (const socket of [this.monitorSocket, this.watchSocket]) await rm(socket, { force: true });
  }
}

interface LabVmFiles {
  monitorSocket: string;
  watchSocket: string;
  agentSocket: string;
  consoleLog: string;
  qemuLog: string;
}

function filesOf({ name, qmpDirectory, stateDirectory }: LabVmOptions): LabVmFiles {
  if (!/^[\w.-]+$/.test(name)) throw new Error(`not a name for a virtual machine: ${name}`);
  return {
    monitorSocket: checkSocketPath(join(qmpDirectory, `${name}.qmp`)),
    watchSocket: checkSocketPath(join(stateDirectory, `${name}.watch`)),
    agentSocket: checkSocketPath(join(stateDirectory, `${name}.agent`)),
    consoleLog: join(stateDirectory, `${name}.console.log`),
    qemuLog: join(stateDirectory, `${name}.qemu.log`),
  };
}
