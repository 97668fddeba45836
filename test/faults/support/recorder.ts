import { basename } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Held, Holds } from './holds.js';
import { WatchMonitor } from './qmp.js';

interface BlockDevice {
  device: string;
  qdev?: string;
  inserted?: { file: string; ro: boolean };
}

interface BlockNode {
  'node-name'?: string;
  file: string;
}

interface Watched {
  vm: string;
  host: string;
  monitor: WatchMonitor;
}

const PAUSE_MS = 50;

/** Looks at what the machines really have, all the time, beside the VMM Delegates. */
export class Recorder {
  readonly holds = new Holds();
  readonly #folder: string;
  readonly #pauseMs: number;
  readonly #watched = new Map<string, Watched>();
  readonly #running: Promise<void>[] = [];
  #stopped = false;
  looks = 0;
  longestGapMs = 0;

  /**
   * @param folder of the volume files
   * @param pauseMs between two looks at a machine
   */
  constructor(folder: string, pauseMs = PAUSE_MS) {
    this.#folder = folder;
    this.#pauseMs = pauseMs;
  }

  /**
   * Looks at a machine from now on.
   * @param socket of its second monitor; waited for if it is not there yet
   */
  async watch(vm: string, host: string, socket: string): Promise<void> {
    const watched = { vm, host, monitor: await WatchMonitor.open(socket) };
    this.#watched.set(vm, watched);
    this.#running.push(this.#look(watched));
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#running);
    for (const { monitor } of this.#watched.values()) monitor.close();
  }

  /** What all machines have now; one that has ended has nothing. */
  async now(): Promise<Held[]> {
    const all = [...this.#watched.values()];
    return (await Promise.all(all.map((each) => this.#disks(each).catch(() => [])))).flat();
  }

  /** Files that a QEMU has open for a disk of ours that is none (any more), in words. */
  async leftovers(): Promise<string[]> {
    const all = [...this.#watched.values()];
    return (await Promise.all(all.map((each) => this.#openFiles(each).catch(() => [])))).flat();
  }

  async #openFiles({ vm, host, monitor }: Watched): Promise<string[]> {
    const answer = await monitor.execute('query-named-block-nodes', { flat: true });
    const disks = await this.#disks({ vm, host, monitor });
    const names = new Set(disks.map(({ device }) => `vbs-${device}`));
    return (answer as BlockNode[])
      .filter(({ 'node-name': name = '' }) => name.startsWith('vbs-') && !names.has(name))
      .map(({ 'node-name': name, file }) => `${vm} has ${basename(file)} open for ${name}`);
  }

  async #look(watched: Watched): Promise<void> {
    let last = performance.now();
    while (!this.#stopped && this.#watched.get(watched.vm) === watched) {
      const begun = performance.now();
      // A machine that has ended holds nothing.
      const disks = await this.#disks(watched).catch(() => undefined);
      const ended = performance.now();
      this.holds.see(watched.vm, disks ?? [], begun, ended);
      if (!disks) return;
      this.looks += 1;
      this.longestGapMs = Math.max(this.longestGapMs, begun - last);
      last = ended;
      await delay(this.#pauseMs);
    }
  }

  async #disks({ vm, host, monitor }: Watched) {
    const devices = (await monitor.execute('query-block')) as BlockDevice[];
    return devices.flatMap(({ device, qdev = '', inserted }): Held[] => {
      if (!inserted?.file.startsWith(this.#folder)) return [];
      const [, id = device || qdev] = /^\/machine\/peripheral\/vbs-([^/]+)/.exec(qdev) ?? [];
      const { file, ro } = inserted;
      return [{ vm, host, device: id, file, mode: ro ? 'r' : 'w' }];
    });
  }
}
