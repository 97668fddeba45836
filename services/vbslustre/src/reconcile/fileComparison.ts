import { ServiceFault } from '@vbs-lustre/shared/faults';
import { newId } from '@vbs-lustre/shared/ids';
import type { Log } from '@vbs-lustre/shared/log';
import type { volumeDelegate } from '@vbs-lustre/wsdl';
import type { FrontEnd } from '../frontEnd.js';
import type { Database } from '../metadata/database.js';
import { type Action, recordEvent } from '../metadata/events.js';
import { findFileAgain, isExpected, loseFile } from '../metadata/expectedFiles.js';
import { type Findings, lookAtFiles } from './findings.js';
import { GivenUp } from './givenUp.js';
import { Looks } from './looks.js';
import { strayParts } from './strayParts.js';

/** Files moved in one pass: what is wrong with more than this wants a person to look. */
const MOVES_AT_ONCE = 100;
/** Of the time at most so large a part is spent on looking: a large directory is looked at less often. */
const SHARE = 0.1;

/** Brings together what the records and the files in the volume directory say. */
export class FileComparison {
  readonly #frontEnd: FrontEnd;
  readonly #log: Log;
  readonly #looks: Looks;
  readonly #givenUp: GivenUp;
  /** The orders to move files aside: one that may have been lost is given again. */
  readonly #moves = new Map<string, string>();
  #restingUntil = 0;
  #busy = false;

  constructor(frontEnd: FrontEnd, log: Log, looks = new Looks()) {
    this.#frontEnd = frontEnd;
    this.#log = log;
    this.#looks = looks;
    this.#givenUp = new GivenUp(frontEnd, log);
  }

  /** One pass, unless the one before is not over or was long. */
  async pass(): Promise<void> {
    const begun = performance.now();
    if (this.#busy || begun < this.#restingUntil) return;
    this.#busy = true;
    try {
      await this.#pass();
    } finally {
      const ended = performance.now();
      this.#restingUntil = ended + (ended - begun) * (1 / SHARE - 1);
      this.#busy = false;
    }
  }

  async #pass(): Promise<void> {
    const { database, volumeDelegates } = this.#frontEnd;
    const findings = await volumeDelegates.look((delegate) => lookAtFiles(database, delegate));
    if (!findings) return;
    await this.#lose(findings.lost);
    for (const { table, record } of findings.found) {
      await this.#note(record.id, 'file-found', 'its file is there again', (transaction) =>
        findFileAgain(transaction, table, record),
      );
    }
    await this.#setAside(findings.strays);
  }

  async #lose(lost: Findings['lost']): Promise<void> {
    const ids = lost.map(({ record }) => record.id);
    const confirmed = this.#looks.confirmed('lost', ids);
    for (const { table, record, reason } of lost) {
      if (!confirmed.has(record.id)) continue;
      await this.#note(record.id, 'file-lost', reason, (transaction) =>
        loseFile(transaction, table, record, reason),
      );
    }
  }

  /** Changes a record and writes the event down, in one transaction. */
  async #note(
    subjectId: string,
    action: Action,
    reason: string,
    change: (transaction: Database) => Promise<boolean>,
  ): Promise<void> {
    const { database, instance } = this.#frontEnd;
    const changed = await database.transaction(async (transaction) => {
      if (!(await change(transaction))) return false;
      await recordEvent(transaction, { instance, subjectId, action, reason });
      return true;
    });
    if (changed)
      this.#log.warn('a file was compared with its record', { subjectId, action, reason });
  }

  async #setAside(strays: Findings['strays']): Promise<void> {
    const confirmed = this.#looks.confirmed(
      'strays',
      strays.map(({ name }) => name),
    );
    for (const name of this.#moves.keys()) if (!confirmed.has(name)) this.#moves.delete(name);
    const some = strays.filter(({ name }) => confirmed.has(name)).slice(0, MOVES_AT_ONCE);
    for (const stray of some) await this.#setOneAside(stray);
  }

  async #setOneAside(stray: volumeDelegate.File): Promise<void> {
    const { database, volumeDelegates, instance } = this.#frontEnd;
    const { name } = stray;
    if (await belongs(database, stray)) return;
    const reason = stray.orderId ? 'no order waits for this part' : 'this file has no record';
    const known = this.#moves.get(name);
    const orderId = known ?? newId('ord');
    if (!known) {
      const details = { ...stray, orderId, partOf: stray.orderId };
      const event = { instance, subjectId: name, action: 'file-set-aside', reason } as const;
      await recordEvent(database, { ...event, details });
      this.#moves.set(name, orderId);
    }
    this.#log.warn('a file is set aside', { name, reason, orderId });
    try {
      await volumeDelegates.look((delegate) => delegate.SetFileAside({ orderId, name }));
    } catch (error) {
      if (!(error instanceof ServiceFault)) throw error;
      await this.#givenUp.tell(name, error.message, { orderId });
    }
  }
}

/** The last look at the database, right before a file is moved. */
async function belongs(database: Database, file: volumeDelegate.File): Promise<boolean> {
  if (file.orderId === undefined) return isExpected(database, file.name);
  return (await strayParts(database, [file])).length === 0;
}
