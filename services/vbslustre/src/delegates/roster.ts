import { ServiceFault } from '@vbs-lustre/shared/faults';
import type { Log } from '@vbs-lustre/shared/log';
import type { Database } from '../metadata/database.js';
import {
  type Announcement,
  type Delegate,
  type DelegateKind,
  delegateNames,
  findDelegate,
  mostRoom,
  readyDelegates,
  saveDelegate,
  volumeTypes,
} from '../metadata/delegates.js';
import { delegateName, matchesAny } from './subjects.js';

/** Who was silent for so many intervals counts as gone. */
const MISSED_INTERVALS = 3;
const MAX_URL = 300;

export interface RosterOptions {
  kind: DelegateKind;
  /** Subject names, or patterns of them, of those who may announce themselves. */
  subjects: readonly string[];
  intervalSeconds: number;
}

/** The delegates of one kind, as they have announced themselves to any front end. */
export class Roster {
  readonly intervalSeconds: number;
  readonly aliveSeconds: number;
  readonly #database: Database;
  readonly #kind: DelegateKind;
  readonly #subjects: readonly string[];
  /** By this instance, for its log. */
  readonly #heard = new Set<string>();

  constructor(database: Database, { kind, subjects, intervalSeconds }: RosterOptions) {
    this.#database = database;
    this.#kind = kind;
    this.#subjects = subjects;
    this.intervalSeconds = intervalSeconds;
    this.aliveSeconds = MISSED_INTERVALS * intervalSeconds;
  }

  admits(subject: string): boolean {
    return matchesAny(this.#subjects, subject);
  }

  find(name: string): Promise<Delegate | undefined> {
    return findDelegate(this.#database, this.#kind, name, this.aliveSeconds);
  }

  /** Of all that were ever heard of. */
  names(): Promise<string[]> {
    return delegateNames(this.#database, this.#kind);
  }

  /** Those that are alive and take orders, the best first. */
  ready(database = this.#database, volumeType?: string): Promise<Delegate[]> {
    return readyDelegates(database, this.#kind, this.aliveSeconds, volumeType);
  }

  /** Of Volume Delegates: bytes that the one with the most space that is ready can still promise. */
  mostRoom(): Promise<number> {
    return mostRoom(this.#database, this.aliveSeconds);
  }

  /** The types of volumes that they make, also those that are not alive now. */
  volumeTypes(): Promise<string[]> {
    return volumeTypes(this.#database);
  }

  /**
   * Notes what a delegate says of itself.
   * @returns its name
   * @throws {ServiceFault} `InvalidParameterValue` if it can't be called there, or its name is another's
   */
  async announced(
    subject: string,
    announcement: Omit<Announcement, 'name' | 'subject'>,
    log: Log,
  ): Promise<string> {
    checkUrl(announcement.url);
    const name = delegateName(subject);
    if (name === undefined) throw new Error(`${subject} was admitted without a name`);
    const before = await this.find(name);
    // A name is free for another once the settings do not admit its holder any more.
    const former = before && !this.admits(before.subject) ? before.subject : subject;
    const delegate = { ...announcement, name, subject };
    if (!(await saveDelegate(this.#database, this.#kind, delegate, former))) {
      throw new ServiceFault(
        'InvalidParameterValue',
        `${before?.subject ?? 'Another delegate'} has the name ${name} here; a delegate needs a name of its own.`,
      );
    }
    const { url, draining } = announcement;
    const isNews = !before?.isAlive || before.url !== url || before.draining !== draining;
    if (isNews || !this.#heard.has(name)) {
      log.info('a delegate is here', { kind: this.#kind, name, url, draining });
    }
    this.#heard.add(name);
    return name;
  }
}

/** @throws {ServiceFault} */
function checkUrl(text: string): void {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isPlain = url && url.username + url.password + url.search + url.hash === '';
  if (isPlain && url.protocol === 'https:' && text.length <= MAX_URL) return;
  throw new ServiceFault(
    'InvalidParameterValue',
    'The parameter url is not the https address of a delegate; set its publicUrl.',
  );
}
