import { basename } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Locks } from '@vbs-lustre/shared/locks';
import { run } from '@vbs-lustre/shared/process/run';
import { BusyError, HypervisorError } from './driver.js';
import { type LoopDevice, loopOf, loopsOf } from './loopDevices.js';
import { listBacking, type XenBacking } from './xenDevices.js';
import type { XenTools } from './xenPauses.js';

const ATTACH = 'attach';
/** In so many milliseconds a loop device is free that Xen's block script has freed: somebody else may have it open for a moment. */
const FREE_MS = 1_000;
/** One that is still written, as to a file system that has lost a server, stays as long as that takes. */
const LONG_FREE_MS = 10_000;
const POLL_MS = 50;

/**
 * The loop devices that Xen's block script makes. It is killed after 40 s, maybe between taking one and noting it, or before it has
 * freed it, of which a detach says nothing: then nothing of Xen ever frees that, and the file is held though no guest has it.
 */
export class XenLoops {
  readonly #tools: Pick<XenTools, 'store' | 'deadline'>;
  /** One attach at a time: the block script has a lock of its own, and what it waits there counts for the 40 s. */
  readonly #turns = new Locks();

  constructor(tools: Pick<XenTools, 'store' | 'deadline'>) {
    this.#tools = tools;
  }

  /**
   * Attaches a file when it is its turn, and frees what that leaves if it fails.
   * @param patience when to give up waiting, as in Date.now()
   * @throws {BusyError}
   */
  attaching<T>(file: string, patience: number, attach: () => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      let isLate = false;
      const leave = (): void => {
        isLate = true;
        reject(new BusyError());
      };
      const limit = setTimeout(leave, Math.max(0, patience - Date.now()));
      void this.#turns.hold(ATTACH, async () => {
        clearTimeout(limit);
        if (!isLate) await this.#attaching(file, attach).then(resolve, reject);
      });
    });
  }

  async #attaching<T>(file: string, attach: () => Promise<T>): Promise<T> {
    const before = await loopsOf(file);
    try {
      return await attach();
    } catch (error) {
      const isNew = ({ name }: LoopDevice) => !before.some((each) => each.name === name);
      const failure = await this.#free((await loopsOf(file)).filter(isNew)).catch(caught);
      if (!failure) throw error;
      const messages = [error as Error, failure].map(({ message }) => message);
      throw new HypervisorError(messages.join(' | '), { cause: error });
    }
  }

  /**
   * Detaches a disk, and frees its loop device if it still has one then.
   * @throws {HypervisorError} if that can't be freed, or is still in use
   */
  async detaching(behind: XenBacking | undefined, detach: () => Promise<void>): Promise<void> {
    const loop = behind && (await loopBehind(behind));
    await detach();
    if (!loop || (await isFreeIn(FREE_MS, loop))) return;
    // When no attach has taken it, and not noted it yet.
    await this.#turns.hold(ATTACH, async () => {
      if (await isThere(loop)) await this.#free([loop]);
    });
  }

  /** Those that are behind no guest's disk. */
  async #free(loops: readonly LoopDevice[]): Promise<void> {
    if (loops.length === 0) return;
    const until = this.#tools.deadline();
    const used = await this.#tools.store(until, listBacking);
    const isUsed = ({ name, numbers }: LoopDevice) =>
      used.some(({ block, node }) => block === numbers || node === `/dev/${name}`);
    for (const loop of loops.filter((each) => !isUsed(each))) {
      const timeoutMs = Math.max(1, until - Date.now());
      await run('losetup', ['--detach', `/dev/${loop.name}`], { timeoutMs, dieWithParent: true });
      // Else it was only told to end when nobody has it open any more.
      if (await isFreeIn(LONG_FREE_MS, loop)) continue;
      throw new HypervisorError(`${loop.name}, which no guest has, is still in use`);
    }
  }
}

function loopBehind({ block, node }: XenBacking): Promise<LoopDevice | undefined> {
  if (block !== undefined) return loopOf({ numbers: block });
  return node === undefined ? Promise.resolve(undefined) : loopOf({ name: basename(node) });
}

/** Another file may be behind it by now. */
async function isThere({ name, file }: LoopDevice): Promise<boolean> {
  return (await loopOf({ name }))?.file === file;
}

async function isFreeIn(limitMs: number, loop: LoopDevice): Promise<boolean> {
  const until = Date.now() + limitMs;
  while (await isThere(loop)) {
    if (Date.now() > until) return false;
    await delay(POLL_MS);
  }
  return true;
}

function caught(error: Error): Error {
  return error;
}
