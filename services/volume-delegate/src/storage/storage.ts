/** A place that data lies on and that fills up by itself: an OST of Lustre, or a whole POSIX file system. */
export interface StorageTarget {
  /** `''` for a file system that is one target; the OST's index such as `'3'` on Lustre. */
  id: string;
  /** Bytes that can still be written by us (not the superuser's reserve). */
  availableBytes: number;
}

/**
 * What volume files lie on. Names are file names inside the volume directory, never paths.
 *
 * Every look at the file system runs in a process of its own with a time limit: a Lustre client that has lost
 * an OST hangs, and must not hang the delegate.
 */
export interface Storage {
  readonly kind: 'posix' | 'lustre';
  /** Free space, target by target. */
  targets(): Promise<StorageTarget[]>;
  /**
   * Makes a new empty file, laid out as this storage lays out volumes (on Lustre: stripe size and count).
   * @throws {CommandError} also when the file exists.
   */
  createEmpty(name: string): Promise<void>;
  /** The targets over which a file's data is spread, evenly (one id a stripe). */
  targetsOf(name: string): Promise<string[]>;
}

/** There is no room for a file: `message` says how much is missing, without paths. */
export class InsufficientSpaceError extends Error {
  override readonly name = 'InsufficientSpaceError';
}
