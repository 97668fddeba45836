import { setTimeout as delay } from 'node:timers/promises';
import type { GuestResult } from './agentProtocol.js';
import type { GuestAgent } from './guestAgent.js';
import { type GuestDisk, parseDisks } from './guestDisks.js';

const RUN_MS = 120_000;
const DISK_MS = 120_000;
const POLL_MS = 200;

/** A running guest of the lab, whatever its hypervisor: Linux with busybox, no disks, no network. */
export abstract class LabGuest {
  readonly name: string;
  /** Path of the log where the guest tells people which disks come and go. */
  readonly consoleLog: string;
  protected readonly agent: GuestAgent;

  constructor(name: string, consoleLog: string, agent: GuestAgent) {
    this.name = name;
    this.consoleLog = consoleLog;
    this.agent = agent;
  }

  /** By what the guest knows an attached volume: its disk's serial number or its name. */
  abstract diskOf(volumeId: string, device: string): string;

  /** As if its power was cut: nothing is written back. */
  abstract crash(): Promise<void>;

  /**
   * Runs a script with the guest's busybox shell. A script that fails is no error here: see the exit
   * code.
   *
   * @throws {Error} if the guest doesn't answer within `timeoutMs` milliseconds or has ended.
   */
  run(script: string, timeoutMs = RUN_MS): Promise<GuestResult> {
    return this.agent.run(script, timeoutMs);
  }

  /** The disks that the guest has now, in the order of their names. */
  async disks(): Promise<GuestDisk[]> {
    const { output } = await this.run('list-disks');
    return parseDisks(output);
  }

  /**
   * Waits until the guest has a disk with this serial number or name.
   *
   * @throws {Error} if it doesn't within `timeoutMs` milliseconds.
   */
  async waitForDisk(wanted: string, timeoutMs = DISK_MS): Promise<GuestDisk> {
    const disk = await this.#watchDisk(wanted, (found) => found !== undefined, timeoutMs);
    if (!disk) throw new Error(`${this.name} got no disk ${wanted} within ${timeoutMs} ms`);
    return disk;
  }

  /**
   * Waits until the guest has no disk with this serial number or name.
   *
   * @throws {Error} if it still has after `timeoutMs` milliseconds.
   */
  async waitForDiskGone(wanted: string, timeoutMs = DISK_MS): Promise<void> {
    const disk = await this.#watchDisk(wanted, (found) => found === undefined, timeoutMs);
    if (disk) throw new Error(`${this.name} still had disk ${wanted} after ${timeoutMs} ms`);
  }

  async #watchDisk(
    wanted: string,
    satisfied: (disk: GuestDisk | undefined) => boolean,
    timeoutMs: number,
  ): Promise<GuestDisk | undefined> {
    const deadline = Date.now() + timeoutMs;
    for (;;) {
      const disks = await this.disks();
      const disk = disks.find(({ serial, name }) => serial === wanted || name === wanted);
      if (satisfied(disk) || Date.now() >= deadline) return disk;
      await delay(POLL_MS);
    }
  }
}
