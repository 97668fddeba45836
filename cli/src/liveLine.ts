import type { MaybeTerminal } from './output/colour.js';

type Stream = MaybeTerminal & { write(text: string): unknown };

const CLEAR = '\r\u001b[K';

/** One line that changes, on a terminal; elsewhere nothing is shown. */
export class LiveLine {
  readonly #stream: Stream;
  #isShown = false;

  constructor(stream: Stream) {
    this.#stream = stream;
  }

  show(text: string): void {
    if (!this.#stream.isTTY) return;
    this.#stream.write(`${CLEAR}${text}`);
    this.#isShown = true;
  }

  clear(): void {
    if (this.#isShown) this.#stream.write(CLEAR);
    this.#isShown = false;
  }
}
