import { type Part, parsePartName, partName } from '@vbs-lustre/shared/partName';
import { CommandError } from '@vbs-lustre/shared/process/commandError';
import { DirectoryFiles } from '../files/directoryFiles.js';
import { type RunHere, runIn } from '../runIn.js';
import { addShares, findMisfit, fitsSomewhere } from './fit.js';
import {
  FileExistsError,
  InsufficientSpaceError,
  type Layout,
  type Placement,
  type Storage,
  type StorageTarget,
} from './storage.js';
import { isShared, type Need, Unwritten } from './unwritten.js';

/** How often a file that fell on full targets is made anew: the allocator goes round and may do better. */
const RETRIES = 3;

/**
 * Bytes of every target that are never promised, because `lfs df` says a little too much: it counts as
 * available what the servers have granted to other clients for their caches (8.4 MB for one idle client was
 * seen). The stripes of a file are not quite even either: one target can get a stripe (4 MiB) more.
 * With many clients, or wider stripes, more is sensible.
 */
const DEFAULT_RESERVE_BYTES = 16 * 1024 * 1024;

/** So many layouts that are not known yet are looked at at once; what is beyond counts as spread over all targets. */
const LAYOUTS_AT_ONCE = 200;

export interface SpaceSettings {
  /** The volume directory, an absolute path. */
  directory: string;
  commandTimeoutMs: number;
  /** Bytes of every target that are never promised (16 MiB if not given). */
  reserveBytes?: number;
  /** How many times over the space of thin volumes and clones is promised (once if not given). */
  overCommit?: number;
  /** That a file can have (1 if not given). */
  mostMirrors?: number;
}

interface FoundFile extends Need {
  name: string;
  /**
   * Inode and name. A name can be made again, with another layout, when its maker tries anew; Lustre never
   * uses an inode number twice.
   */
  identity: string;
  /** What part of that is promised. */
  share: number;
}

/**
 * What is promised and not yet written, target by target.
 *
 * The promises are the files in the volume directory themselves, those in the making and those that are finished and
 * do not have all of their space yet. So all delegates that share the directory count each other's, and a promise
 * lives exactly as long as its file. A file is made first and the
 * others are looked at then: of two delegates that do it at once, at least one sees both files. Both may
 * refuse; that both accept without having counted each other can't be.
 */
export class SpaceLedger {
  readonly #storage: Storage;
  readonly #files: DirectoryFiles;
  readonly #run: RunHere;
  readonly #reserveBytes: number;
  readonly #overCommit: number;
  readonly #unwritten: Unwritten;
  readonly #placements = new Map<string, Placement>();
  #last: Promise<unknown> = Promise.resolve();

  constructor(storage: Storage, settings: SpaceSettings) {
    this.#storage = storage;
    this.#files = new DirectoryFiles(settings.directory, settings.commandTimeoutMs);
    this.#run = runIn(settings.directory, settings.commandTimeoutMs);
    this.#reserveBytes = settings.reserveBytes ?? DEFAULT_RESERVE_BYTES;
    this.#overCommit = settings.overCommit ?? 1;
    const { commandTimeoutMs, mostMirrors } = settings;
    this.#unwritten = new Unwritten(this.#run, this.#files, commandTimeoutMs, mostMirrors);
  }

  /**
   * Makes the empty part file and promises it its space; answers with its name. When it fails, the part is
   * gone again (unless it was there before).
   *
   * @param isThin whether it takes its space as it is written: then no more is needed than is promised to such files
   * @throws {InsufficientSpaceError} if its targets could not hold it besides all that is promised.
   * @throws {FileExistsError} if there is such a part already.
   * @throws {CommandError} if something can't be looked at.
   */
  reserve(part: Part, isThin = false, layout: Layout = {}): Promise<string> {
    const wanted = isThin ? Math.ceil(part.bytes / this.#overCommit) : part.bytes;
    const turn = this.#last.then(() => this.#reserve(part, wanted, layout));
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  /**
   * Makes sure that a part that is there, and counts as a promise, can grow by so many bytes.
   *
   * @throws {InsufficientSpaceError} if its targets could not hold them besides all that is promised.
   * @throws {CommandError} if something can't be looked at.
   */
  checkGrowth(name: string, bytes: number): Promise<void> {
    const turn = this.#last.then(async () => {
      const { targets, mirrors } = await this.#storage.placementOf(name);
      const misfit = findMisfit(bytes * mirrors, targets, await this.#roomBeside(name));
      if (misfit) throw new InsufficientSpaceError(misfit);
    });
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  /**
   * Removes a part file, if it is there, with the names under which others help with it, and so what was promised to it.
   *
   * @throws {RangeError} if this is not the name of a part: a volume must never be removed here.
   * @throws {CommandError} if it can't be removed.
   */
  async release(name: string): Promise<void> {
    if (!parsePartName(name)) throw new RangeError('this is not the name of a part file');
    const others = await this.#files.names(name.replace(/part$/, ''));
    const names = [name, ...others.filter((other) => other !== name)];
    // Were this process killed meanwhile, the next one would make a part of the same name.
    await this.#run('rm', ['-f', '--', ...names], { dieWithParent: true });
  }

  /**
   * What can still be promised on each target.
   *
   * @throws {CommandError} if something can't be looked at.
   */
  async room(): Promise<StorageTarget[]> {
    const room = await this.#roomBeside(undefined);
    return [...room].map(([id, availableBytes]) => ({ id, availableBytes }));
  }

  async #reserve(part: Part, wanted: number, layout: Layout): Promise<string> {
    const name = partName(part);
    // A look before: if making it is cut short later, what is removed must be ours, not another's file.
    if (await this.#files.look(name)) {
      throw new FileExistsError('look', [name], { stderr: `${name} exists` });
    }
    for (let retries = RETRIES; ; retries--) {
      const misfit = await this.#tryToFit(name, wanted, layout);
      if (!misfit) return name;
      await this.release(name);
      if (retries === 0 || !misfit.fitsElsewhere) throw new InsufficientSpaceError(misfit.message);
    }
  }

  /** Undefined if the file fits where it was laid. */
  async #tryToFit(name: string, bytes: number, layout: Layout) {
    try {
      const { targets, mirrors } = await this.#storage.createEmpty(name, layout);
      const needed = bytes * mirrors;
      const room = await this.#roomBeside(name);
      const message = findMisfit(needed, targets, room);
      if (message === undefined) return undefined;
      const choice = await this.#roomInPool(room, layout.pool);
      return { message, fitsElsewhere: fitsSomewhere(needed, targets.length, choice) };
    } catch (error) {
      // The first error says what is wrong; a part that can't be removed either is left to the reconciler.
      if (!(error instanceof FileExistsError)) await this.release(name).catch(() => undefined);
      throw error;
    }
  }

  /** On the targets that a file made anew may get. */
  async #roomInPool(room: ReadonlyMap<string, number>, pool?: string): Promise<number[]> {
    if (pool === undefined) return [...room.values()];
    const targets = await this.#storage.targets(pool);
    return targets.map(({ id }) => room.get(id) ?? 0);
  }

  /** What can be promised on each target when all parts but the named one get what they were promised. */
  async #roomBeside(name: string | undefined): Promise<Map<string, number>> {
    // The parts first, then the free space: what is written in between counts twice, and not never.
    const others = await this.#findPromises(name);
    const placements: (Placement | undefined)[] = [];
    let left = LAYOUTS_AT_ONCE;
    for (const file of others) {
      if (!this.#placements.has(file.identity)) left -= 1;
      placements.push(left < 0 ? undefined : await this.#placementOf(file));
    }
    const targets = await this.#storage.targets();
    // Not knowing of a mirror may leave it without space until there is some; else too much would be refused after a start.
    const everywhere = { targets: targets.map(({ id }) => id), mirrors: 1 };
    const promised = new Map<string, number>();
    for (const [index, { bytes, ownBytes, share }] of others.entries()) {
      const placement = placements[index] ?? everywhere;
      const remaining = Math.max(0, bytes * placement.mirrors - ownBytes) * share;
      addShares(promised, remaining, placement.targets);
    }
    return new Map(
      targets.map(({ id, availableBytes }) => {
        const free = availableBytes - this.#reserveBytes - (promised.get(id) ?? 0);
        return [id, Math.max(0, free)];
      }),
    );
  }

  /** All files that do not have all of their space yet, but for the part of this name. */
  async #findPromises(name: string | undefined): Promise<FoundFile[]> {
    // The parts first: what is finished in between counts twice, and not never.
    const parts = await this.#findParts();
    const finished = await this.#unwritten.find();
    const files = [
      ...parts.filter((part) => part.name !== name),
      ...finished.map((file) => ({ ...file, share: 1 / this.#overCommit })),
    ];
    this.#forgetAllBut(new Set([...parts, ...finished].map(({ identity }) => identity)));
    return files;
  }

  /** All parts in the directory, ours and the other delegates'. */
  async #findParts(): Promise<FoundFile[]> {
    const found = await this.#files.lookAtAll('.', '.part');
    return found.flatMap(({ name, inode, mode, ownBytes }) => {
      const part = parsePartName(name);
      // Under its other name it is counted.
      if (!part || part.attempt !== undefined) return [];
      const own = isShared(mode) ? 0 : ownBytes;
      return [{ name, identity: `${inode} ${name}`, bytes: part.bytes, ownBytes: own, share: 1 }];
    });
  }

  #forgetAllBut(identities: Set<string>): void {
    for (const identity of this.#placements.keys()) {
      if (!identities.has(identity)) this.#placements.delete(identity);
    }
  }

  /** Of another's file; undefined if that can't be read, as when a part has just been finished or removed. */
  async #placementOf(file: FoundFile): Promise<Placement | undefined> {
    const known = this.#placements.get(file.identity);
    if (known) return known;
    try {
      const placement = await this.#storage.placementOf(file.name);
      this.#placements.set(file.identity, placement);
      return placement;
    } catch (error) {
      if (error instanceof CommandError && !error.timedOut) return undefined;
      throw error;
    }
  }
}
