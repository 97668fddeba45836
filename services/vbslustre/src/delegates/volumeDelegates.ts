import { TransportError, type VolumeDelegateClient } from '@vbs-lustre/client';
import { isFault, ServiceFault } from '@vbs-lustre/shared/faults';
import { errorFields, type Log } from '@vbs-lustre/shared/log';
import type { volumeDelegate } from '@vbs-lustre/wsdl';

type JobAnswer = volumeDelegate.JobResponse;

/** What is known after an order was given. `unknown`: it may or may not have arrived. */
export type Ordered = JobAnswer | 'unknown';

/**
 * How long an order that was not received may be given to another delegate, or be taken back. After that, the
 * reconciler (of any instance) may have given it as well.
 */
const DECIDED_WITHIN_MS = 10_000;

/** The Volume Delegates of the deployment, by name. All of them see the same volume directory. */
export class VolumeDelegates {
  readonly #clients: ReadonlyMap<string, VolumeDelegateClient>;
  readonly #log: Log;
  readonly #decidedWithinMs: number;
  #turn = 0;

  constructor(
    clients: ReadonlyMap<string, VolumeDelegateClient>,
    log: Log,
    decidedWithinMs = DECIDED_WITHIN_MS,
  ) {
    this.#clients = clients;
    this.#log = log;
    this.#decidedWithinMs = decidedWithinMs;
  }

  /** The name of the one that comes after another; undefined if there is no other. */
  after(name: string): string | undefined {
    const names = [...this.#clients.keys()];
    const next = names[(names.indexOf(name) + 1) % names.length];
    return next === name ? undefined : next;
  }

  /** The name of the one whose turn it is. */
  next(): string {
    const names = [...this.#clients.keys()];
    this.#turn = (this.#turn + 1) % names.length;
    return names[this.#turn] as string;
  }

  /**
   * Gives an order to the delegate `first`, or to another if that one surely has not received it.
   *
   * @param assign notes who has the order, before it is given to somebody else than `first`
   * @throws {ServiceFault} if a delegate refuses it, or `Unavailable` if none can be reached
   */
  async order(
    first: string,
    give: (delegate: VolumeDelegateClient) => Promise<JobAnswer>,
    assign: (name: string) => Promise<void>,
  ): Promise<Ordered> {
    const begun = performance.now();
    const isLate = (): boolean => performance.now() - begun > this.#decidedWithinMs;
    const others = [...this.#clients.keys()].filter((name) => name !== first);
    for (const name of [first, ...others]) {
      const delegate = this.#clients.get(name);
      if (!delegate) continue;
      if (name !== first) await assign(name);
      const answer = await this.#give(name, delegate, give).catch((error) => {
        if (isLate()) return 'unknown' as const;
        throw error;
      });
      if (answer !== 'not received') return answer;
      if (isLate()) return 'unknown';
    }
    throw new ServiceFault(
      'Unavailable',
      'No Volume Delegate can take an order now; try again later.',
    );
  }

  /**
   * Has one delegate look at the volume directory, another each time; or the next one, if it can't.
   * @returns undefined if none can
   * @throws {ServiceFault} `IncorrectState` if one refuses with a reason: then no other is asked
   */
  async look<T>(work: (delegate: VolumeDelegateClient) => Promise<T>): Promise<T | undefined> {
    const first = this.next();
    const others = [...this.#clients.keys()].filter((name) => name !== first);
    for (const name of [first, ...others]) {
      const delegate = this.#clients.get(name);
      if (!delegate) continue;
      try {
        return await work(delegate);
      } catch (error) {
        if (isFault(error, 'IncorrectState')) throw error;
        if (!(error instanceof ServiceFault || error instanceof TransportError)) throw error;
        this.#log.warn('a Volume Delegate cannot look', { delegate: name, ...errorFields(error) });
      }
    }
    return undefined;
  }

  /** Gives an order once more to the delegate that has it: an order twice is done once. */
  async repeat(
    name: string,
    give: (delegate: VolumeDelegateClient) => Promise<JobAnswer>,
  ): Promise<Ordered> {
    const delegate = this.#clients.get(name);
    const answer = delegate ? await this.#give(name, delegate, give) : 'unknown';
    return answer === 'not received' ? 'unknown' : answer;
  }

  /**
   * Has one of them remove the claims of a host on a volume.
   * @throws {ServiceFault} `Unavailable` if none did
   */
  async releaseClaims(volumeId: string, vmm: string): Promise<void> {
    for (const [name, delegate] of this.#clients) {
      try {
        await delegate.ReleaseClaims({ volumeId, vmm });
        return;
      } catch (error) {
        const fields = { delegate: name, volumeId, vmm, ...errorFields(error) };
        this.#log.warn('a Volume Delegate did not release claims', fields);
      }
    }
    throw new ServiceFault(
      'Unavailable',
      `No Volume Delegate can release the claims of ${vmm} on ${volumeId} now; repeat this later.`,
    );
  }

  async #give(
    name: string,
    delegate: VolumeDelegateClient,
    give: (delegate: VolumeDelegateClient) => Promise<JobAnswer>,
  ): Promise<Ordered | 'not received'> {
    try {
      return await give(delegate);
    } catch (error) {
      if (error instanceof ServiceFault && PASSED_ON.has(error.code)) throw error;
      this.#log.warn('a Volume Delegate did not take an order', {
        delegate: name,
        ...errorFields(error),
      });
      if (error instanceof ServiceFault && NOT_TAKEN.has(error.code)) return 'not received';
      if (error instanceof TransportError && error.delivered === 'no') return 'not received';
      return 'unknown';
    }
  }
}

/** Refusals that concern the user. */
const PASSED_ON = new Set(['InsufficientVolumeCapacity']);
/** Refusals that concern this delegate alone. */
const NOT_TAKEN = new Set(['AuthFailure', 'RequestLimitExceeded', 'Unavailable']);
