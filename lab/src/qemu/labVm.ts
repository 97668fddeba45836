import { mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type StartedProcess, startProcess } from '@vbs-lustre/shared/process/start';
import { explainFailedBoot } from '../agent/failedBoot.js';
import { GuestAgent } from '../agent/guestAgent.js';
import { LabGuest } from '../agent/labGuest.js';
import { checkSocketPath } from '../agent/socketPath.js';
import { prepareGuestImage } from '../images/guestImage.js';
import { qemuArguments } from './qemuArguments.js';

export interface LabVmOptions {
  /** Letters, digits, dots, hyphens and underscores. */
  name: string;
  /** Where QEMU makes its monitor's socket, `<name>.qmp`: the folder that the VMM Delegate looks in. */
  qmpDirectory: string;
  /** For the console log and the rest of what belongs to the machine. Both folders are made if missing. */
  stateDirectory: string;
  memoryMiB?: number;
}

const BOOT_MS = 300_000;
const POWER_OFF_MS = 5_000;
const SIGTERM_GRACE_MS = 1_000;

/**
 * A guest of plain QEMU. It dies with this process.
 *
 * Its QMP monitor serves one client at a time and belongs to the VMM Delegate, so this class never
 * connects to it and speaks to an agent inside the guest instead.
 */
export class LabVm extends LabGuest {
  /** Path of the QMP monitor's socket. */
  readonly monitorSocket: string;
  /** Path of the socket of a second QMP monitor, for one client that watches beside the VMM Delegate. */
  readonly watchSocket: string;
  readonly #qemu: StartedProcess;

  private constructor(files: LabVmFiles, name: string, agent: GuestAgent, qemu: StartedProcess) {
    super(name, files.consoleLog, agent);
    this.monitorSocket = files.monitorSocket;
    this.watchSocket = files.watchSocket;
    this.#qemu = qemu;
  }

  /**
   * Boots a machine and waits until its guest takes commands: some seconds, and the very first time
   * also the making of the guest's image.
   *
   * @throws {Error} with the end of the console log if the guest isn't ready within five minutes.
   */
  static async start(options: LabVmOptions): Promise<LabVm> {
    const { name, memoryMiB = 128 } = options;
    const files = filesOf(options);
    const image = await prepareGuestImage('qemu-guest');
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

  override diskOf(volumeId: string): string {
    return volumeId.replace('-', '');
  }

  /** Has the guest write back what it holds and power itself off; a guest that doesn't is killed. */
  async stop(): Promise<void> {
    // Never answered: the guest is gone by then, or doesn't answer at all.
    this.run('sync; poweroff -f', POWER_OFF_MS).catch(() => {});
    await Promise.race([this.#qemu.ended, delay(POWER_OFF_MS, undefined, { ref: false })]);
    await this.#kill();
  }

  override async crash(): Promise<void> {
    process.kill(this.#qemu.pid, 'SIGKILL');
    await this.#qemu.ended;
    this.agent.close();
  }

  async #waitUntilReady(files: LabVmFiles): Promise<void> {
    const outcome = await Promise.race([
      this.agent.ready,
      this.#qemu.ended.then(() => 'QEMU ended'),
      delay(BOOT_MS, `it took more than ${BOOT_MS} ms`, { ref: false }),
    ]);
    if (outcome === undefined) return;
    await this.#kill();
    throw await explainFailedBoot(this.name, outcome, files);
  }

  async #kill(): Promise<void> {
    await this.#qemu.stop(SIGTERM_GRACE_MS);
    this.agent.close();
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
