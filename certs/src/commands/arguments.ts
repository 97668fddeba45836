import { parseArgs } from 'node:util';
import type { Options } from './command.js';

/** A command line that no command understands. */
export class UsageError extends Error {}

const MAX_DAYS = 36_500;

/** The options and names of a command line. */
export class Arguments {
  readonly #values: Readonly<Record<string, unknown>>;
  readonly #names: readonly string[];

  /**
   * @param names how many arguments there must be that are no options
   * @throws {UsageError}
   */
  constructor(args: readonly string[], options: Options, names: number) {
    try {
      const parsed = parseArgs({ args: [...args], options, allowPositionals: names > 0 });
      this.#values = parsed.values;
      this.#names = parsed.positionals;
    } catch (error) {
      throw new UsageError(error instanceof Error ? error.message : String(error));
    }
    if (this.#names.length !== names) {
      throw new UsageError(names === 1 ? 'One name is needed.' : 'There are too many names.');
    }
  }

  get name(): string {
    return this.#names[0] ?? '';
  }

  /** An option that must be there. */
  text(option: string): string {
    const value = this.#values[option];
    if (typeof value !== 'string' || value === '') {
      throw new UsageError(`--${option} is needed.`);
    }
    return value;
  }

  optional(option: string): string | undefined {
    return this.#values[option] === undefined ? undefined : this.text(option);
  }

  flag(option: string): boolean {
    return this.#values[option] === true;
  }

  /** An option that may be there any number of times. */
  some(option: string): readonly string[] {
    const values = this.#values[option];
    return Array.isArray(values) ? values : [];
  }

  /** An option that must be there at least once. */
  list(option: string): readonly string[] {
    const values = this.some(option);
    if (values.length === 0) throw new UsageError(`--${option} is needed.`);
    return values;
  }

  days(): number {
    const text = this.text('days');
    const days = /^\d{1,5}$/.test(text) ? Number(text) : 0;
    if (days < 1 || days > MAX_DAYS) {
      throw new UsageError(`--days takes a number from 1 to ${MAX_DAYS}.`);
    }
    return days;
  }
}
