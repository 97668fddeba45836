import { noteCommand } from '../commands.js';
import { CommandError } from './commandError.js';
import { forkProgram } from './forkProgram.js';
import { Helper } from './helper.js';
import type { Functions, Question } from './helperProgram.js';

export interface CallOptions {
  /** Milliseconds after which the helper is killed (SIGKILL) and the call fails; also the longest wait for a helper. */
  timeoutMs: number;
  /** Ends the call, and the helper, when aborted. */
  signal?: AbortSignal | undefined;
  /** It may take so long that nobody is to wait for this helper: it does not count among the others. */
  isLong?: boolean;
  /** Whether it is news, and logged as such: see {@link noteCommand}. */
  isChange?: boolean;
}

/** Who has waited so many milliseconds for a free helper gets one more. Most calls take less, and a start takes as long. */
const PATIENCE_MS = 100;
/** So many are kept when there is nothing to do. */
const KEPT = 2;

/**
 * Our own code in processes of its own, for small things that may hang, such as looks at a file system that has lost a server:
 * whoever asks it hangs as well, and can only be killed. Much quicker than a program for each. A helper does one call at a time;
 * others are started when all are at work, so that what hangs holds up nothing else.
 */
export class Helpers<Calls extends Functions> {
  readonly #program: string;
  readonly #most: number;
  readonly #idle: Helper[] = [];
  readonly #waiting: ((helper: Helper) => void)[] = [];
  /** Of long calls, and those that are given up and don't end. */
  readonly #lent = new Set<Helper>();
  /** All but those. */
  #count = 0;
  #isStarting = false;

  /**
   * @param program the path of the compiled module, which calls `serve`
   * @param most processes at once, beside those that do long calls
   */
  constructor(program: string, most: number) {
    this.#program = program;
    this.#most = most;
  }

  /**
   * @throws {CommandError} if it took too long, was aborted, or somebody has killed the helper
   * @throws {Error} what the function throws: its message, `code` and `syscall`
   */
  async call<Name extends keyof Calls & string>(
    options: CallOptions,
    name: Name,
    ...args: Parameters<Calls[Name]>
  ): Promise<Awaited<ReturnType<Calls[Name]>>> {
    const { isChange = false } = options;
    const command = { program: name, args, started: performance.now(), isChange };
    try {
      const value = await this.#ask({ name, args }, options);
      noteCommand(command);
      return value as Awaited<ReturnType<Calls[Name]>>;
    } catch (error) {
      noteCommand({ ...command, error: (error as Error).message });
      throw error;
    }
  }

  async #ask(question: Question, { timeoutMs, signal, isLong }: CallOptions): Promise<unknown> {
    const ended = (isLate: boolean) =>
      new CommandError(question.name, question.args.map(String), {
        ...(isLate ? { timedOut: true } : { signal: 'SIGKILL' }),
        stderr: '',
      });
    const helper = await this.#take(timeoutMs, signal);
    if (!helper) throw ended(signal?.aborted !== true);
    if (isLong) this.#lend(helper);
    const answer = await helper.ask(question, timeoutMs, signal);
    if (typeof answer === 'string') {
      // One that is not gone by now still hangs, and takes no other's place.
      if (!helper.ended.aborted && !isLong) this.#lend(helper);
      throw ended(answer === 'too late');
    }
    this.#giveBack(helper);
    if ('error' in answer) throw Object.assign(new Error(answer.error.message), answer.error);
    return answer.value;
  }

  /** @returns undefined if none is free in time, or the caller gives up */
  async #take(limitMs: number, signal?: AbortSignal): Promise<Helper | undefined> {
    if (signal?.aborted) return undefined;
    const idle = this.#idle.pop();
    if (idle) return idle;
    return new Promise((resolve) => {
      const give = (helper?: Helper): void => {
        clearInterval(patience);
        clearTimeout(limit);
        signal?.removeEventListener('abort', leave);
        resolve(helper);
      };
      const leave = (): void => {
        this.#waiting.splice(this.#waiting.indexOf(give), 1);
        give();
      };
      const patience = setInterval(() => this.#grow(), PATIENCE_MS);
      const limit = setTimeout(leave, limitMs);
      signal?.addEventListener('abort', leave);
      this.#waiting.push(give);
      if (this.#count === 0) this.#grow();
    });
  }

  /** Starts one more, one at a time: who waits is served by whoever is free first, be it an old one. */
  #grow(): void {
    if (this.#isStarting || this.#waiting.length === 0 || this.#count >= this.#most) return;
    // The kernel ends it with this process: what it had yet to begin is not done any more.
    const process = forkProgram(this.#program);
    if (!process) return;
    const helper = new Helper(process);
    let isReady = false;
    this.#isStarting = true;
    this.#count += 1;
    process.once('message', () => {
      isReady = true;
      this.#isStarting = false;
      this.#free(helper);
    });
    helper.ended.addEventListener('abort', () => {
      if (!isReady) this.#isStarting = false;
      if (!this.#lent.delete(helper)) this.#count -= 1;
      const place = this.#idle.indexOf(helper);
      if (place >= 0) this.#idle.splice(place, 1);
    });
  }

  #lend(helper: Helper): void {
    this.#lent.add(helper);
    this.#count -= 1;
  }

  #giveBack(helper: Helper): void {
    if (helper.ended.aborted) return;
    if (this.#lent.delete(helper)) this.#count += 1;
    this.#free(helper);
  }

  #free(helper: Helper): void {
    const next = this.#waiting.shift();
    if (next) next(helper);
    else if (this.#idle.length < KEPT) this.#idle.push(helper);
    else void helper.kill();
  }
}
