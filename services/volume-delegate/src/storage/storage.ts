import { CommandError } from '@vbs-lustre/shared/process/commandError';

/** A place that data lies on and that fills up by itself: an OST of Lustre, or a whole POSIX file system. */
export interface StorageTarget {
  /** `''` for a file system that is one target; the OST's index such as `'3'` on Lustre. */
  id: string;
  /** Bytes that can still be written by us (not the superuser's reserve). */
  availableBytes: number;
}

/** Lustre only; what is absent is as the settings say. */
export interface Layout {
  /** As `lfs setstripe -S` takes it, such as `4M`. */
  stripeSize?: string | undefined;
  stripeCount?: number | undefined;
  /** Of OSTs. */
  pool?: string | undefined;
  /** How many copies of its data a file has, each on OSTs of its own if there are enough. */
  mirrors?: number | undefined;
}

/** Where a file lies. */
export interface Placement {
  /** Over which its data is spread, evenly: one id a stripe of every mirror, so an id can come twice. */
  targets: string[];
  /** How many times over the data is there. */
  mirrors: number;
}

/**
 * What volume files lie on. Names are file names inside the volume directory, never paths.
 *
 * Every look at the file system runs in a process of its own with a time limit: a Lustre client that has lost
 * an OST hangs, and must not hang the delegate.
 */
export interface Storage {
  readonly kind: 'posix' | 'lustre';
  /** Free space, target by target: of the whole file system, or of a pool only (of OSTs, on Lustre). */
  targets(pool?: string): Promise<StorageTarget[]>;
  /**
   * Makes a new empty file of mode 0600, laid out as this storage lays out volumes (on Lustre: stripe size
   * and count), and answers with the placement that it really got, as {@link placementOf} does.
   * @throws {FileExistsError} if there is such a file, which is then left alone.
   * @throws {CommandError} in all other cases; the file may have been made and is the caller's to remove.
   */
  createEmpty(name: string, layout?: Layout): Promise<Placement>;
  /** @throws {CommandError} also if the file has no stripes. */
  placementOf(name: string): Promise<Placement>;
}

/** The file was to be made and is there already: nothing was done to it. */
export class FileExistsError extends CommandError {}

/** There is no room for a file: `message` says how much is missing, without paths. */
export class InsufficientSpaceError extends Error {
  override readonly name = 'InsufficientSpaceError';
}
