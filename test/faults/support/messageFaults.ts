import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** What may become of a message between two services (preload/start.mjs). */
export const MESSAGE_FAULTS = [
  'refused',
  'lost',
  'answer lost',
  'late',
  'delayed',
  'doubled',
] as const;
export type MessageFault = (typeof MESSAGE_FAULTS)[number];

export interface Meddling {
  /** For each message. */
  chances: Partial<Record<MessageFault, number>>;
  longestDelayMs: number;
  /** Services that no message reaches or leaves. */
  cut: readonly string[];
}

export const NO_MEDDLING: Meddling = { chances: {}, longestDelayMs: 0, cut: [] };

const PRELOAD = new URL('../preload/start.mjs', import.meta.url);

/** Tells the services that are started from now on what is to become of their messages. */
export class MessageFaults {
  readonly #controlFile: string;
  readonly #noteFile: string;
  readonly #names: Readonly<Record<string, string>>;
  #now = NO_MEDDLING;

  /** @param names of services by their ports */
  constructor(folder: string, names: Readonly<Record<string, string>>) {
    this.#controlFile = join(folder, 'message-faults.json');
    this.#noteFile = join(folder, 'message-faults.log');
    this.#names = names;
    this.meddle(NO_MEDDLING);
  }

  /** For the environment of the services. */
  get env(): Record<string, string> {
    return {
      NODE_OPTIONS: `--import ${PRELOAD.href}`,
      VBS_MESSAGE_FAULTS: this.#controlFile,
    };
  }

  /** Changes what is said, and leaves the rest as it is. */
  meddle(change: Partial<Meddling>): void {
    this.#now = { ...this.#now, ...change };
    const control = { ...this.#now, names: this.#names, noteFile: this.#noteFile };
    // Renamed, so that no service reads half of it.
    writeFileSync(`${this.#controlFile}.new`, JSON.stringify(control));
    renameSync(`${this.#controlFile}.new`, this.#controlFile);
  }

  get cut(): readonly string[] {
    return this.#now.cut;
  }

  /** How many messages were meddled with, by what was done. */
  counts(): Map<string, number> {
    const counts = new Map<string, number>();
    if (!existsSync(this.#noteFile)) return counts;
    for (const line of readFileSync(this.#noteFile, 'utf8').trimEnd().split('\n')) {
      const { fault } = JSON.parse(line) as { fault: string };
      counts.set(fault, (counts.get(fault) ?? 0) + 1);
    }
    return counts;
  }
}
