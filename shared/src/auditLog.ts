import { appendFile } from 'node:fs/promises';
import type { FaultCode } from './faults.js';
import { errorFields, type Log } from './log.js';

/** Who did what, from where, and what came of it. */
export interface AuditEntry {
  /** The subject name of who has signed; absent if that is not proven. */
  subject: string | undefined;
  /** The address from which it came. */
  client: string | undefined;
  operation: string | undefined;
  /** What it was about. */
  resources: Resources;
  code: 'OK' | FaultCode;
  requestId: string;
}

/** Names of parameters, and what they named. */
export type Resources = Readonly<Record<string, readonly string[]>>;

/** Readable by its owner only: it names users and what they have. */
const MODE = 0o600;

/** What is made. */
const IDS: readonly string[] = ['volumeId', 'snapshotId', 'exportTaskId'];
/** What parameters name, by which it can be found out later. Nothing else of a message gets into the file. */
const NAMES: readonly string[] = [
  ...[...IDS, 'resourceId', 'instanceId', 'vmm', 'device', 'userId', 'group'],
  // Of a delegate or a quota.
  ...['kind', 'name'],
];
const MAX_VALUES = 100;
const MAX_LENGTH = 300;

/**
 * A file to which a line of JSON is appended for each change and each refused authentication. It is opened anew for each line:
 * whoever moves it away (logrotate) need not tell us.
 */
export class AuditLog {
  readonly #file: string;
  readonly #frontEnd: string;
  readonly #log: Log;

  private constructor(file: string, frontEnd: string, log: Log) {
    this.#file = file;
    this.#frontEnd = frontEnd;
    this.#log = log;
  }

  /**
   * @param frontEnd whose lines they are
   * @param log hears of what can't be written
   * @throws {Error} naming the file, if it can't be written
   */
  static async open(file: string, frontEnd: string, log: Log): Promise<AuditLog> {
    await appendFile(file, '', { mode: MODE });
    return new AuditLog(file, frontEnd, log);
  }

  /** Returns when the line has been written, or could not be: what is done already is answered all the same. */
  async write(entry: AuditEntry): Promise<void> {
    const { subject, client, operation, resources, code, requestId } = entry;
    const line = {
      ...{ timestamp: new Date().toISOString(), subject, client, operation, resources },
      ...{ outcome: code === 'OK' ? 'done' : 'refused', code, requestId },
      frontEnd: this.#frontEnd,
    };
    try {
      await appendFile(this.#file, `${JSON.stringify(line)}\n`, { mode: MODE });
    } catch (error) {
      this.#log.error('the audit log cannot be written', { ...errorFields(error), lost: line });
    }
  }
}

/** What a request names, and what ids its answer, if it has one, adds to that. */
export function resourcesIn(request: object = {}, answer: object = {}): Resources {
  const found = new Map<string, Set<string>>();
  const visit = (value: unknown, name: string, names: readonly string[]): void => {
    if (typeof value === 'string' && names.includes(name)) {
      const values = found.get(name) ?? new Set();
      if (values.size < MAX_VALUES) values.add(value.slice(0, MAX_LENGTH));
      found.set(name, values);
    } else if (typeof value === 'object' && value !== null) {
      for (const [key, each] of Object.entries(value)) visit(each, key, names);
    }
  };
  visit(request, '', NAMES);
  visit(answer, '', IDS);
  return Object.fromEntries([...found].map(([name, values]) => [name, [...values]]));
}
