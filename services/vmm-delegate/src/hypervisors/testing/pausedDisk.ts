import { mkdtemp, readFile, rm, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '@vbs-lustre/shared/process/run';
import { expect } from 'vitest';
import type { CopyOrder, DeviceCopy, VirtualMachine } from '../driver.js';
import { PausedCopier } from '../pausedCopies.js';
import { FakePausingHost } from './fakePausingHost.js';

export const MIB = 1024 ** 2;
export const LONG_MS = 60_000;
export const SNAPSHOT = 'snap-0123456789abcdef0';
const DATA = Buffer.alloc(MIB, 'data');

/** A disk of four MiB, of which one is written, and a delegate that copies it. */
export class PausedDisk {
  readonly folder: string;
  /** The file of its copies. */
  readonly target: string;
  readonly options = {
    ...{ clonePauseMs: 0, maxPauseMs: 2 * LONG_MS, copyBytesPerSecond: MIB, timeoutMs: LONG_MS },
  };
  host!: FakePausingHost;
  copier!: PausedCopier;

  private constructor(folder: string) {
    this.folder = folder;
    this.target = join(folder, 'part');
    this.startHost();
  }

  static async make(): Promise<PausedDisk> {
    const disk = new PausedDisk(await mkdtemp(join(tmpdir(), 'vbs-pause-')));
    await writeFile(disk.file, DATA);
    await writeFile(disk.target, '');
    for (const path of [disk.file, disk.target]) await truncate(path, 4 * MIB);
    return disk;
  }

  get file(): string {
    return join(this.folder, 'vol');
  }

  get vm(): VirtualMachine {
    if (this.host.vm) return this.host.vm;
    throw new Error('the VM has ended');
  }

  startHost(): void {
    this.host = new FakePausingHost();
    this.host.files.set('xvdb', this.file);
    this.startDelegate();
  }

  startDelegate(): void {
    this.copier = new PausedCopier(this.host, this.options);
  }

  order(maxPauseMs: number | undefined = LONG_MS, other: Partial<CopyOrder> = {}): CopyOrder {
    const { vm, target } = this;
    return { snapshotId: SNAPSHOT, vm, device: 'xvdb', target, maxPauseMs, ...other };
  }

  async copy(): Promise<DeviceCopy | undefined> {
    return (await this.copier.look())[0];
  }

  /** How the copy has ended. */
  async outcome(): Promise<DeviceCopy | undefined> {
    await expect.poll(async () => (await this.copy())?.state).not.toBe('running');
    return this.copy();
  }

  /** Has the next copy never end by itself: its file is a pipe that nobody reads. */
  hold(): void {
    this.host.meanwhile = async (step, side) => {
      if (step !== 'quiet' || side !== 'after') return;
      await rm(this.target);
      await run('mkfifo', [this.target], { timeoutMs: LONG_MS });
    };
  }

  async isCopied(): Promise<boolean> {
    return (await readFile(this.target)).equals(Buffer.concat([DATA, Buffer.alloc(3 * MIB)]));
  }

  remove(): Promise<void> {
    return rm(this.folder, { recursive: true });
  }
}
