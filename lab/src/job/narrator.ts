import { styleText } from 'node:util';

/** A step of the main job that did not go as written. */
export class JobFailure extends Error {
  override readonly name = 'JobFailure';
}

/** Tells a person on the terminal what is being done, with the seconds since the beginning. */
export class Narrator {
  readonly #started = performance.now();
  #step = 0;

  heading(text: string): void {
    console.log(`\n${styleText('bold', text)}`);
  }

  /** A numbered step of the main job. */
  async step<T>(title: string, work: () => Promise<T>): Promise<T> {
    this.#step += 1;
    console.log(`\n${this.#clock()}${styleText('bold', `${this.#step}. ${title}`)}`);
    return work();
  }

  /** One thing that was done, and how long it took. */
  async did<T>(what: string, work: () => Promise<T>, tell?: (result: T) => string): Promise<T> {
    const started = performance.now();
    const result = await work();
    const seconds = ((performance.now() - started) / 1000).toFixed(1);
    const told = tell ? ` → ${tell(result)}` : '';
    console.log(`${this.#clock()}   ${what}${told} ${styleText('dim', `(${seconds} s)`)}`);
    return result;
  }

  #clock(): string {
    const seconds = (performance.now() - this.#started) / 1000;
    return styleText('dim', `${seconds.toFixed(1).padStart(6)} s  `);
  }
}

/** @throws {JobFailure} if something is not as the step says. */
export function require(condition: boolean, complaint: string): void {
  if (!condition) throw new JobFailure(complaint);
}
