import { TransportError, type VolumeDelegateClient } from '@vbs-lustre/client';
import { type FaultCode, isFault, ServiceFault } from '@vbs-lustre/shared/faults';
import { errorFields, type Log } from '@vbs-lustre/shared/log';
import type { vbslustre, volumeDelegate } from '@vbs-lustre/wsdl';
import type { Database } from '../metadata/database.js';
import { type Delegate, takeRoom } from '../metadata/delegates.js';
import { type Connect, DelegateClients } from './clients.js';
import type { Roster } from './roster.js';

type JobAnswer = volumeDelegate.JobResponse;
type RangeAnswer = Omit<vbslustre.CopyRangeResponse, 'requestId'>;
export type Give = (delegate: VolumeDelegateClient) => Promise<JobAnswer>;

/** What is known after an order was given. `unknown`: it may or may not have arrived. */
export type Ordered = JobAnswer | 'unknown';

/**
 * How long an order that was not received may be given to another delegate, or be taken back. After that its lease
 * may end, and the reconciler (of any instance) may give it as well.
 */
const DECIDED_WITHIN_MS = 10_000;

/** The Volume Delegates that have announced themselves. All of them see the same volume directory. */
export class VolumeDelegates {
  readonly roster: Roster;
  readonly #clients: DelegateClients<VolumeDelegateClient>;
  readonly #log: Log;
  readonly #decidedWithinMs: number;
  #looks = 0;

  constructor(
    roster: Roster,
    connect: Connect<VolumeDelegateClient>,
    log: Log,
    decidedWithinMs = DECIDED_WITHIN_MS,
  ) {
    this.roster = roster;
    this.#clients = new DelegateClients(connect);
    this.#log = log;
    this.#decidedWithinMs = decidedWithinMs;
  }

  /**
   * The name of the one that is to have the next order: it is alive, and has the most room.
   * @param database or the transaction that writes the order down
   * @throws {ServiceFault} `Unavailable`, or `RequestLimitExceeded` if all have too much to do
   */
  async choose(database: Database, volumeType?: string): Promise<string> {
    const name = await takeRoom(database, this.roster.aliveSeconds, volumeType);
    if (name !== undefined) return name;
    if ((await this.roster.ready(database, volumeType)).length === 0) throw nobodyThere();
    throw new ServiceFault(
      'RequestLimitExceeded',
      'The Volume Delegates have too much to do; try again later.',
    );
  }

  /** The name of the best one beside another; undefined if there is none. */
  async otherThan(name: string, volumeType?: string): Promise<string | undefined> {
    return (await this.roster.ready(undefined, volumeType)).find((each) => each.name !== name)
      ?.name;
  }

  /** Whether it is alive and takes orders. */
  async isReady(name: string): Promise<boolean> {
    const delegate = await this.roster.find(name);
    return delegate?.isAlive === true && !delegate.draining && !delegate.drained;
  }

  /**
   * Gives an order to the delegate `first`, or to another if that one is gone or surely has not received it.
   *
   * @param assign notes who has the order, before it is given to somebody else than `first`; false: it is no longer
   * this order that is waited for
   * @throws {ServiceFault} if a delegate refuses it, or `Unavailable` if none can be reached
   */
  async order(
    first: string,
    give: Give,
    assign: (name: string) => Promise<boolean>,
    volumeType?: string,
  ): Promise<Ordered> {
    const begun = performance.now();
    const isLate = (): boolean => performance.now() - begun > this.#decidedWithinMs;
    const ready = await this.roster.ready(undefined, volumeType);
    const isFirst = ({ name }: Delegate): boolean => name === first;
    const inTurn = [...ready.filter(isFirst), ...ready.filter((each) => !isFirst(each))];
    for (const delegate of inTurn) {
      if (!isFirst(delegate) && !(await assign(delegate.name))) return 'unknown';
      const answer = await this.#give(delegate, give).catch((error) => {
        if (isLate()) return 'unknown' as const;
        throw error;
      });
      if (answer !== 'not received') return answer;
      if (isLate()) return 'unknown';
    }
    throw nobodyThere();
  }

  /** Gives an order once more to the delegate that has it, if that is alive: an order twice is done once. */
  async repeat(name: string, give: Give): Promise<Ordered> {
    const delegate = await this.roster.find(name);
    if (!delegate?.isAlive) return 'unknown';
    const answer = await this.#give(delegate, give);
    return answer === 'not received' ? 'unknown' : answer;
  }

  /**
   * Has one delegate look at the volume directory, another each time; or the next one, if it can't.
   * @param final what one of them refuses with for all
   * @returns undefined if none can
   * @throws {ServiceFault} one of these
   */
  async look<T>(
    work: (delegate: VolumeDelegateClient) => Promise<T>,
    final: readonly FaultCode[] = ['IncorrectState'],
  ): Promise<T | undefined> {
    const ready = await this.roster.ready();
    this.#looks += 1;
    const start = this.#looks % Math.max(1, ready.length);
    for (const delegate of [...ready.slice(start), ...ready.slice(0, start)]) {
      try {
        return await work(await this.#clients.of(delegate));
      } catch (error) {
        if (error instanceof ServiceFault && final.includes(error.code)) throw error;
        if (!(error instanceof ServiceFault || error instanceof TransportError)) throw error;
        const fields = { delegate: delegate.name, ...errorFields(error) };
        this.#log.warn('a Volume Delegate cannot look', fields);
      }
    }
    return undefined;
  }

  /**
   * Has one delegate look at a name in the exchange folder of a user. All are set up alike: one that has no exchange
   * directory speaks for all.
   * @returns the bytes of the file
   * @throws {ServiceFault} `UnsupportedOperation`, `InvalidParameterValue`, or `Unavailable` if none can look
   */
  async lookInExchange(name: volumeDelegate.DescribeExchangeFile): Promise<number> {
    const final = ['UnsupportedOperation', 'InvalidParameterValue'] as const;
    const found = await this.look((delegate) => delegate.DescribeExchangeFile(name), final);
    if (found) return found.sizeBytes;
    const sentence = 'No Volume Delegate can look at your exchange folder now; try again later.';
    throw new ServiceFault('Unavailable', sentence);
  }

  /**
   * Has one of them remove the claims of a host on a volume.
   * @throws {ServiceFault} `Unavailable` if none did
   */
  async releaseClaims(volumeId: string, vmm: string): Promise<void> {
    for (const delegate of await this.roster.ready()) {
      try {
        const client = await this.#clients.of(delegate);
        await client.ReleaseClaims({ volumeId, vmm });
        return;
      } catch (error) {
        const fields = { delegate: delegate.name, volumeId, vmm, ...errorFields(error) };
        this.#log.warn('a Volume Delegate did not release claims', fields);
      }
    }
    throw new ServiceFault(
      'Unavailable',
      `No Volume Delegate can release the claims of ${vmm} on ${volumeId} now; repeat this later.`,
    );
  }

  /**
   * The best one beside some, and whether it would copy a range: `ready`, or `refused`.
   * @throws {ServiceFault} `Unavailable` if there is none
   */
  async findHelper(
    others: readonly string[],
    range: volumeDelegate.CopyRange,
  ): Promise<RangeAnswer> {
    const helper = (await this.roster.ready()).find(({ name }) => !others.includes(name));
    if (!helper) throw noHelp();
    return this.copyRange(helper.name, range).catch((error) => {
      if (!isFault(error, 'Unavailable')) throw error;
      return { delegate: helper.name, worker: '', state: 'refused' };
    });
  }

  /**
   * Has one copy a range, or asks how far that is.
   * @throws {ServiceFault} `Unavailable` if it can't be asked: then it may be at work
   */
  async copyRange(delegate: string, range: volumeDelegate.CopyRange): Promise<RangeAnswer> {
    const helper = await this.roster.find(delegate);
    if (!helper) throw noHelp();
    try {
      const { requestId, ...answer } = await (await this.#clients.of(helper)).CopyRange(range);
      return { ...answer, delegate };
    } catch (error) {
      this.#log.warn('a Volume Delegate cannot help', { delegate, ...errorFields(error) });
      throw noHelp();
    }
  }

  async #give(delegate: Delegate, give: Give): Promise<Ordered | 'not received'> {
    try {
      return await give(await this.#clients.of(delegate));
    } catch (error) {
      if (error instanceof ServiceFault && PASSED_ON.has(error.code)) throw error;
      this.#log.warn('a Volume Delegate did not take an order', {
        delegate: delegate.name,
        ...errorFields(error),
      });
      if (error instanceof ServiceFault && NOT_TAKEN.has(error.code)) return 'not received';
      if (error instanceof TransportError && error.delivered === 'no') return 'not received';
      return 'unknown';
    }
  }
}

function noHelp(): ServiceFault {
  return new ServiceFault('Unavailable', 'That Volume Delegate cannot be asked for help now.');
}

function nobodyThere(): ServiceFault {
  return new ServiceFault(
    'Unavailable',
    'No Volume Delegate can take an order now; try again later.',
  );
}

/** Refusals that concern the user. */
const PASSED_ON = new Set(['InsufficientVolumeCapacity']);
/** Refusals that concern this delegate alone; `InvalidAction`: it is older than this front end. */
const NOT_TAKEN = new Set([
  'AuthFailure',
  'InvalidAction',
  'RequestLimitExceeded',
  'Unavailable',
  'UnsupportedOperation',
]);
