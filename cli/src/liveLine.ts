import type { MaybeTerminal } from './output/colour.js';

type Stream = MaybeTerminal & { columns?: number | undefined; write(text: string): unknown };

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
    // What goes over the edge would stay there. A terminal that does not know its width says 0.
    const width = this.#stream.columns || Number.POSITIVE_INFINITY;
    this.#stream.write(`${CLEAR}${text.slice(0, width - 1)}`);
    this.#isShown = true;
  }

  clear(): void {
    if (this.#isShown) this.#stream.write(CLEAR);
    this.#isShown = false;
  }
}
