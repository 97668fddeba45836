import { setTimeout as delay } from 'node:timers/promises';
import type { Random } from '../../attacks/mutants/random.js';
import type { Machine, World } from './world.js';

/** Longer than an answer of a delegate is waited for, now and then. */
const LONGEST_PAUSE_MS = 14_000;
const LONGEST_ABSENCE_MS = 5_000;
const LONGEST_CUT_MS = 14_000;
const DATABASE = 'PostgreSQL';
const BETWEEN_MS = 6_000;
/** More at once, and hardly anything gets done. */
const MOST_IN_TROUBLE = 2;
const CRASHES = 0.1;

/** Kills, pauses and cuts off one service or machine after another, several at a time. */
export class ProcessFaults {
  readonly counts = new Map<string, number>();
  readonly #world: World;
  readonly #random: Random;
  readonly #inTrouble = new Set<string>();
  readonly #running = new Set<Promise<void>>();

  constructor(world: World, random: Random) {
    this.#world = world;
    this.#random = random;
  }

  /** Goes on until it is told to stop; all is healthy when it ends. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#pause(BETWEEN_MS);
      if (this.#running.size >= MOST_IN_TROUBLE) continue;
      const trouble = this.#random.chance(CRASHES) ? this.#crashOne() : this.#troubleOne();
      if (!trouble) continue;
      this.#running.add(trouble);
      void trouble.finally(() => this.#running.delete(trouble)).catch(() => undefined);
    }
    await Promise.all(this.#running);
  }

  #troubleOne(): Promise<void> | undefined {
    const { deployment } = this.#world;
    const healthy = [...this.#world.services, DATABASE].filter(
      (name) => !this.#inTrouble.has(name),
    );
    if (healthy.length === 0) return undefined;
    const name = this.#random.pick(healthy);
    const kind = this.#random.pick(['killed', 'killed', 'killed', 'paused', 'paused', 'cut off']);
    if (name === DATABASE) return this.#troubleDatabase();
    return this.#trouble(`${kind}: ${name}`, name, async () => {
      if (kind === 'killed') {
        await deployment.service(name).kill();
        await this.#pause(LONGEST_ABSENCE_MS);
        // Those that it would be heard by may stand still.
        await deployment.restart(name, { waits: false });
      } else if (kind === 'paused') {
        const { pid } = deployment.service(name);
        process.kill(pid, 'SIGSTOP');
        await this.#pause(LONGEST_PAUSE_MS);
        process.kill(pid, 'SIGCONT');
      } else {
        const { messages } = this.#world;
        messages.meddle({ cut: [...messages.cut, name] });
        await this.#pause(LONGEST_CUT_MS);
        messages.meddle({ cut: messages.cut.filter((each) => each !== name) });
      }
    });
  }

  #troubleDatabase(): Promise<void> {
    const { postgres } = this.#world.deployment;
    const kind = this.#random.pick(['killed', 'paused']);
    return this.#trouble(`${kind}: ${DATABASE}`, DATABASE, async () => {
      if (kind === 'killed') {
        await postgres.kill();
        await this.#pause(LONGEST_ABSENCE_MS);
        await postgres.restart();
      } else {
        postgres.pause();
        await this.#pause(LONGEST_PAUSE_MS);
        postgres.resume();
      }
    });
  }

  #crashOne(): Promise<void> | undefined {
    const healthy = this.#world.machines.filter(({ name }) => !this.#inTrouble.has(name));
    if (healthy.length === 0) return undefined;
    const machine: Machine = this.#random.pick(healthy);
    return this.#trouble(`crashed: ${machine.name}`, machine.name, async () => {
      await this.#world.crash(machine);
      await this.#pause(LONGEST_ABSENCE_MS);
      await this.#world.boot(machine);
    });
  }

  async #trouble(what: string, name: string, work: () => Promise<void>): Promise<void> {
    this.#inTrouble.add(name);
    this.counts.set(what, (this.counts.get(what) ?? 0) + 1);
    console.log(`${new Date().toISOString()} ${what}`);
    await work();
    this.#inTrouble.delete(name);
  }

  /** More often a short while than a long one. */
  #pause(longestMs: number): Promise<void> {
    return delay(100 + longestMs * this.#random.next() ** 2);
  }
}
