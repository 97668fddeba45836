import { CommandError } from '@vbs-lustre/shared/process/commandError';
import { DirectoryFiles } from '../files/directoryFiles.js';
import { longRun } from '../longRun.js';
import { type RunHere, runIn } from '../runIn.js';
import { Dd } from './dd.js';
import { Pace } from './pace.js';

const READ_ONLY = 0o440;
const WRITABLE = 0o660;
const IN_THE_MAKING = 0o600;
const PERMISSIONS = 0o777;
/**
 * What the mode of a file begins with, bits that mean nothing else for a file that is no program: sticky, if it shares its blocks
 * with another; set-user-id, if it is a volume that is never written.
 */
const SHARES = 0o1000;
const FIXED = 0o4000;

/** Where files lie that belonged to nothing. */
const ASIDE = '.aside';
/** Where VMM Delegates write down what they attach. */
const CLAIMS = '.attachments';

/**
 * The commands of the paper's file-creation threads (section 4.1), each a process with a time limit that does not
 * outlive the delegate, and the small things beside them. Names are file names in the volume directory.
 */
export class VolumeFiles {
  readonly #files: DirectoryFiles;
  readonly #run: RunHere;
  readonly dd: Dd;

  /** @param pace of what is written */
  constructor(directory: string, commandTimeoutMs: number, pace = new Pace()) {
    this.#files = new DirectoryFiles(directory, commandTimeoutMs);
    this.#run = runIn(directory, commandTimeoutMs);
    this.dd = new Dd(this.#run, pace);
  }

  /**
   * Sets the space of a file aside, which then reads as zeroes; it is not flushed. What it has stays.
   * @returns false if the file system does not do that
   * @throws {CommandError} if there is no space; the file may have its size, and the space, all the same
   */
  async reserve(name: string, sizeBytes: number, signal: AbortSignal): Promise<boolean> {
    try {
      await this.#files.fallocate(name, sizeBytes, longRun(sizeBytes, signal));
      return true;
    } catch (error) {
      if (isNotSupported(error)) return false;
      throw error;
    }
  }

  /** Whether the file system sets space aside: for the first byte of an empty file, to see. */
  canReserve(name: string, signal: AbortSignal): Promise<boolean> {
    return this.reserve(name, 1, signal);
  }

  /** Gives a file its size, and no space; it is not flushed. */
  async setSize(name: string, sizeBytes: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    await this.#files.truncate(name, sizeBytes);
  }

  /**
   * Makes a file share the blocks of another, which takes no time. It is marked as one whose every byte may still need
   * space, before it shares anything.
   * @returns false if the file system does not do that; the file is then as it was: empty
   */
  async clone(source: string, name: string, signal: AbortSignal): Promise<boolean> {
    await this.#files.chmod(name, SHARES | IN_THE_MAKING);
    try {
      await this.#files.clone(source, name, longRun(0, signal));
      return true;
    } catch (error) {
      if (!(error instanceof CommandError) || signal.aborted) throw error;
      await this.#files.chmod(name, IN_THE_MAKING);
      return false;
    }
  }

  /** Gives a volume the name of a part as well, under which it is extended; it can be written from now on. */
  async link(id: string, part: string): Promise<void> {
    await this.#files.unlink(part);
    // So it stays marked as a clone, if it is one.
    await this.#files.chmod(id, WRITABLE, PERMISSIONS);
    await this.#files.link(id, part);
  }

  /** Takes the names of all other parts from a volume: who extends it under one of these can't go on. */
  async unlinkOthers(id: string, part: string): Promise<void> {
    const others = (await this.#partsOf(id)).filter((name) => name !== part);
    for (const other of others) await this.#files.unlink(other);
  }

  async #partsOf(id: string): Promise<string[]> {
    const names = await this.#files.names(`.${id}.`);
    return names.filter((name) => name.endsWith('.part'));
  }

  /** Gives a part a second name. */
  async linkPart(part: string, other: string): Promise<void> {
    await this.#files.link(part, other);
  }

  /** Takes a second name from a part: under it nobody can begin to write any more. */
  async dropPartName(name: string): Promise<void> {
    await this.#files.unlink(name);
  }

  /** Whether the file has a further name. */
  async isLinked(name: string): Promise<boolean> {
    return ((await this.#files.look(name))?.names ?? 0) > 1;
  }

  /** Whether it is a volume that is never written, and maybe a snapshot as well. */
  isFixed(name: string): Promise<boolean> {
    return this.#isMarked(name, FIXED);
  }

  /** Whether it shares its blocks with another file. */
  isShared(name: string): Promise<boolean> {
    return this.#isMarked(name, SHARES);
  }

  async #isMarked(name: string, mark: number): Promise<boolean> {
    return (((await this.#files.look(name))?.mode ?? 0) & mark) !== 0;
  }

  /** Cuts off what a file has beyond a size, if it is there. */
  async cut(name: string, sizeBytes: number): Promise<void> {
    await this.#files.truncate(name, sizeBytes);
  }

  /** Puts a file on disk. */
  async flush(name: string, signal?: AbortSignal, sizeBytes = 0): Promise<void> {
    await this.#files.flush(name, longRun(sizeBytes, signal));
  }

  /** Gives an empty file its size, of which nothing is written yet, for machines to write; one that has it stays as it is. */
  async lengthen(name: string, sizeBytes: number): Promise<void> {
    await this.#files.truncate(name, sizeBytes);
    await this.#files.chmod(name, WRITABLE);
  }

  /**
   * The size of a regular file in bytes; undefined if there is none.
   * @throws {CommandError} for anything else of this name: a link is never followed.
   */
  async sizeOf(name: string): Promise<number | undefined> {
    const found = await this.#files.look(name);
    if (!found || found.isFile) return found?.sizeBytes;
    throw new CommandError('look', [name], { stderr: `${name} is not a file` });
  }

  /**
   * Gives a finished file its name, unless there is one of that name, and puts that on disk. (A hard link, since
   * Lustre has no exclusive rename.)
   * @param marks what its mode says: that it is a clone, or a volume that is never written
   * @throws {CommandError}
   */
  async publish(
    part: string,
    name: string,
    { shares = false, isFixed = false } = {},
  ): Promise<void> {
    const marks = (shares ? SHARES : 0) | (isFixed ? FIXED : 0);
    const mode = isFixed || name.startsWith('snap-') ? READ_ONLY : WRITABLE;
    await this.#files.chmod(part, marks | mode);
    await this.#files.link(part, name);
    await this.dropName(part);
  }

  /**
   * Gives the file of a snapshot a second name, as a volume that is never written, unless there is one of that name, and puts
   * that on disk.
   * @throws {CommandError}
   */
  async linkSnapshot(snapshot: string, name: string): Promise<void> {
    // Whatever its permissions become, nobody is to take it for a volume that can be written.
    await this.#files.chmod(snapshot, FIXED, 0);
    await this.#files.link(snapshot, name);
    await this.#files.flush();
  }

  /** Takes one of its names from a file, if it is there, and puts that on disk. */
  async dropName(name: string): Promise<void> {
    await this.#files.unlink(name);
    await this.#files.flush();
  }

  /** Removes a file, if it is there, and puts that on disk. A large one takes its time. */
  async remove(name: string): Promise<void> {
    await this.#run('rm', ['-f', '--', name], { dieWithParent: true });
    await this.#files.flush();
  }

  /**
   * Removes a file and what is there of its parts, and puts that on disk. The parts go first: whoever is still at work on one
   * can't give it that name any more.
   */
  async removeWithParts(id: string): Promise<void> {
    const names = [...(await this.#partsOf(id)), id];
    await this.#run('rm', ['-f', '--', ...names], { dieWithParent: true });
    await this.#files.flush();
  }

  /** Whether a host has written down that it attaches this volume, or has it attached. */
  async isClaimed(id: string): Promise<boolean> {
    const { stdout } = await this.#run('find', [
      ...['.', '-mindepth', '1', '-maxdepth', '2', '-ignore_readdir_race'],
      ...['-path', `./${ASIDE}`, '-prune', '-o', '-path', `./${CLAIMS}/${id}.*`, '-print'],
    ]);
    return stdout !== '';
  }

  /**
   * Moves a file, if it is there, to a folder beside. The order's id makes its name there one that nothing else has:
   * what has been set aside before is never replaced.
   */
  async setAside(name: string, orderId: string): Promise<void> {
    if ((await this.sizeOf(name)) === undefined) return;
    await this.#run('mkdir', ['-p', '-m', '0700', '--', ASIDE]);
    await this.#run('mv', ['-T', '--', name, `${ASIDE}/${name}.${orderId}`]);
    await this.#run('sync', ['--', '.', ASIDE]);
  }
}

function isNotSupported(error: unknown): boolean {
  return error instanceof CommandError && error.stderr.endsWith(': Operation not supported');
}
