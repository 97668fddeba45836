import { createInterface, type Interface } from 'node:readline';
import type { Io } from '../io.js';

/** Asks a person, on stderr: stdout is for what a command says in the end. */
export class Asker {
  readonly #stderr: Io['stderr'];
  readonly #interface: Interface;
  /** Keeps what is typed ahead. */
  readonly #lines: AsyncIterator<string>;

  constructor({ stdin, stderr }: Io) {
    this.#stderr = stderr;
    this.#interface = createInterface({ input: stdin, terminal: false });
    this.#lines = this.#interface[Symbol.asyncIterator]();
  }

  /** The answer, or what is known already for an empty one; undefined if the input has ended. */
  async ask(question: string, known: string): Promise<string | undefined> {
    this.#stderr.write(known === '' ? `${question}: ` : `${question} [${known}]: `);
    const { done, value } = await this.#lines.next();
    return done ? undefined : value.trim() || known;
  }

  close(): void {
    this.#interface.close();
  }
}
