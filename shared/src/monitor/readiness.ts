import { errorFields, type Log } from '../log.js';
import { within } from '../waiting.js';
import { cached } from './cached.js';

/** What must be so that a service is ready, by its name: one that is false, fails or takes too long is not so. */
export type Checks = Readonly<Record<string, () => unknown>>;

const CHECK_WITHIN_MS = 3_000;
/** However many ask, or how often. */
const CHECK_AGAIN_MS = 1_000;

/** Whether a service can do its work now. */
export class Readiness {
  readonly #log: Log;
  readonly #checks: (() => Promise<{ name: string; isSo: boolean }>)[] = [];
  #phase: 'starting' | 'started' | 'stopping' = 'starting';

  constructor(log: Log) {
    this.#log = log;
  }

  started(checks: Checks): void {
    for (const [name, check] of Object.entries(checks)) this.#checks.push(this.#once(name, check));
    this.#phase = 'started';
  }

  stopping(): void {
    this.#phase = 'stopping';
  }

  /** @returns for people, a line for each check */
  async look(): Promise<{ isReady: boolean; text: string }> {
    if (this.#phase !== 'started') return { isReady: false, text: `${this.#phase}\n` };
    const results = await Promise.all(this.#checks.map((check) => check()));
    const lines = results.map(({ name, isSo }) => `${name}: ${isSo ? 'ok' : 'not ok'}\n`);
    return { isReady: results.every(({ isSo }) => isSo), text: lines.join('') };
  }

  /** One look at a time, also at a file system that hangs. Its changes are logged, with the reason. */
  #once(name: string, check: () => unknown) {
    const look = cached(async () => (await check()) !== false, CHECK_AGAIN_MS);
    let wasSo = true;
    const note = (isSo: boolean, fields: object = {}): { name: string; isSo: boolean } => {
      if (wasSo && !isSo) this.#log.warn('not ready', { check: name, ...fields });
      if (!wasSo && isSo) this.#log.info('ready again', { check: name });
      wasSo = isSo;
      return { name, isSo };
    };
    return async () => {
      try {
        return note((await within(CHECK_WITHIN_MS, look())) === true);
      } catch (error) {
        return note(false, errorFields(error));
      }
    };
  }
}
