import { errorFields, type Log } from '@vbs-lustre/shared/log';
import { repeat } from '@vbs-lustre/shared/waiting';

/** Until a front end says otherwise. */
const FIRST_INTERVAL_MS = 2_000;

/** A front end that stands still must not make a delegate count as gone: the next one is told then. */
export const ANNOUNCE_TIMEOUT_MS = 3_000;

type Announce<FrontEnd> = (frontEnd: FrontEnd) => Promise<{ intervalSeconds: number }>;

/**
 * Tells the front ends again and again that this delegate is there: each time one of them, in turn, and the next one
 * if that one does not hear it. They share a database, so that one is enough.
 */
export class Announcer<FrontEnd> {
  readonly #frontEnds: readonly FrontEnd[];
  readonly #announce: Announce<FrontEnd>;
  readonly #log: Log;
  readonly #stopping = new AbortController();
  #intervalMs = FIRST_INTERVAL_MS;
  #turn = 0;
  #state: 'new' | 'heard' | 'unheard' = 'new';
  #wasHeard = false;
  #onHeard = (): void => undefined;
  /** When a front end has heard, and answered, one for the first time. */
  readonly heard = new Promise<void>((resolve) => {
    this.#onHeard = resolve;
  });
  #last: Promise<unknown> = Promise.resolve();
  #running: Promise<void> = Promise.resolve();

  constructor(frontEnds: readonly FrontEnd[], announce: Announce<FrontEnd>, log: Log) {
    this.#frontEnds = frontEnds;
    this.#announce = announce;
    this.#log = log;
  }

  /** Whether a front end has heard the last announcement. */
  get isHeard(): boolean {
    return this.#state === 'heard';
  }

  /** Announces at once, and then at each interval until it is stopped. */
  start(): void {
    const { signal } = this.#stopping;
    this.#running = repeat(
      () => this.now(),
      () => this.#intervalMs,
      signal,
    );
  }

  /** Announces out of turn, after what is under way. @returns whether a front end has heard it */
  now(): Promise<boolean> {
    const told = this.#last.then(() => this.#tell());
    this.#last = told;
    return told;
  }

  /** Ends the announcements at intervals; what is under way comes to its end. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    await this.#running;
  }

  async #tell(): Promise<boolean> {
    let trouble: unknown = new Error('there is none');
    for (let tries = 0; tries < this.#frontEnds.length; tries++) {
      const frontEnd = this.#frontEnds[this.#turn++ % this.#frontEnds.length] as FrontEnd;
      try {
        const { intervalSeconds } = await this.#announce(frontEnd);
        this.#intervalMs = intervalSeconds * 1000;
        this.#noteHeard();
        return true;
      } catch (error) {
        trouble = error;
      }
    }
    this.#noteUnheard(trouble);
    return false;
  }

  /** Changes are logged, and not each try: the front ends may be away for long. */
  #noteHeard(): void {
    if (this.#state === 'heard') return;
    this.#log.info(this.#wasHeard ? 'announced again' : 'announced');
    this.#state = 'heard';
    this.#wasHeard = true;
    this.#onHeard();
  }

  #noteUnheard(trouble: unknown): void {
    if (this.#state === 'unheard') return;
    this.#log.warn('no front end hears this delegate', errorFields(trouble));
    this.#state = 'unheard';
  }
}
