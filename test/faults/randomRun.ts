import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Random } from '../attacks/mutants/random.js';
import { type Images, Journey } from './clients/journey.js';
import { Stroller } from './clients/stroller.js';
import { User } from './clients/user.js';
import { readSealed } from './sealed/sealed.js';
import { Findings } from './support/findings.js';
import { History } from './support/history.js';
import { NO_MEDDLING } from './support/messageFaults.js';
import { ProcessFaults } from './support/processFaults.js';
import { World } from './support/world.js';
import { judgeHistory } from './verdicts/acknowledged.js';
import { disagreements } from './verdicts/agreement.js';
import { type Ledger, passing, readLedger } from './verdicts/ledger.js';
import { removeAll } from './verdicts/removal.js';
import { judgeResults } from './verdicts/results.js';
import { tableOf } from './verdicts/table.js';

const USERS = ['ann', 'ben', 'cleo', 'dan', 'eve'];
/** Of each user, beside one that writes and compares: 20 clients in all. */
const STROLLERS = 3;
const MACHINES = [
  { name: 'vm1', host: 'vmm1' },
  { name: 'vm2', host: 'vmm1' },
  { name: 'vm3', host: 'vmm2' },
  { name: 'vm4', host: 'vmm2' },
];
const MEDDLING = {
  chances: {
    refused: 0.02,
    lost: 0.02,
    'answer lost': 0.04,
    late: 0.04,
    delayed: 0.1,
    doubled: 0.15,
  },
  longestDelayMs: 8_000,
};
/** The services' own limit, not a measure of speed. */
const SETTLED_WITHIN_MS = 60_000;
const REMOVED = 'everything could be removed, and nothing is left';
const SAME_BYTES = 'every byte of every volume and snapshot is as it was written';

/** Everything at once for a while, then peace, and then the verdicts. */
export class RandomRun {
  readonly findings: Findings;
  readonly history: History;
  readonly world: World;
  readonly #users: readonly User[];
  readonly #journeys: readonly Journey[];
  readonly #images: Images = new Map();
  readonly #faults: ProcessFaults;

  private constructor(world: World, users: readonly User[], random: Random, run: Shared) {
    this.findings = run.findings;
    this.history = run.history;
    this.world = world;
    this.#users = users;
    this.#faults = new ProcessFaults(world, random);
    this.#journeys = users.map((user) => new Journey(`${user.name}.0`, user, world, this.#images));
  }

  static async prepare(seed: number): Promise<RandomRun> {
    const random = new Random(seed);
    const shared = { history: new History(), findings: new Findings() };
    const world = await World.start({ users: USERS, machines: MACHINES, impatient: true });
    const users: User[] = [];
    for (const name of USERS) {
      users.push(new User(name, await world.clients(name), { ...shared, random }));
    }
    return new RandomRun(world, users, random, shared);
  }

  /** All clients and all faults at once; when this ends all services are there, and all clients have gone. */
  async trouble(minutes: number): Promise<void> {
    const ending = new AbortController();
    const { signal } = ending;
    const clients = [...this.#journeys, ...this.#strollers()];
    const work = Promise.all(clients.map((each) => each.run(signal)));
    this.world.messages.meddle(MEDDLING);
    const injecting = this.#faults.run(signal);
    try {
      await Promise.race([delay(minutes * 60_000, undefined, { ref: false }), work, injecting]);
    } finally {
      ending.abort();
      await injecting;
      this.world.messages.meddle(NO_MEDDLING);
      await work;
    }
  }

  /** Holds what is there, when all has settled, against what clients were told; and removes it. */
  async judge(): Promise<void> {
    const { history, findings } = this;
    for (const user of this.#users) await user.resolve();
    const ledger = await this.#settle(performance.now());
    judgeHistory(history, findings);
    judgeResults(history, ledger, this.world.crashes, findings);
    this.#judgeImages(ledger);
    for (const user of this.#users) findings.addAll(REMOVED, await removeAll(user));
    await this.#leaveNothing();
    this.#judgeRecorder();
  }

  get comparisons(): number {
    return this.#journeys.reduce((sum, each) => sum + each.comparisons, 0);
  }

  /** How many faults there were, of processes and of messages. */
  get injected(): { processes: number; messages: number } {
    const sum = (counts: ReadonlyMap<string, number>) =>
      [...counts.values()].reduce((total, count) => total + count, 0);
    return { processes: sum(this.#faults.counts), messages: sum(this.world.messages.counts()) };
  }

  get table(): string {
    const { looks, longestGapMs } = this.world.recorder;
    const seen =
      `${this.comparisons} comparisons of all blocks of a file or disk; ` +
      `${looks} looks at machines, the longest gap ${Math.round(longestGapMs)} ms`;
    const injected = [this.#faults.counts, this.world.messages.counts()];
    return tableOf(this.history, injected, seen, this.findings);
  }

  /** @param keep the logs and what clients were told, to be looked into */
  async stop(keep: boolean): Promise<void> {
    const { home } = this.world.deployment.layout;
    if (keep) writeFileSync(join(home, 'history.jsonl'), this.history.toLines());
    await this.world.stop(keep);
  }

  #strollers(): Stroller[] {
    return this.#users.flatMap((user) => {
      const strangers = this.#users.filter((each) => each !== user);
      return Array.from(
        { length: STROLLERS },
        (_, number) => new Stroller(`${user.name}.${number + 1}`, user, strangers, this.world),
      );
    });
  }

  /** Waits until nothing is on its way and everything agrees, as long as the services may take for it. */
  async #settle(begun: number): Promise<Ledger> {
    for (;;) {
      const ledger = await readLedger(this.#users);
      const wrong = await disagreements(ledger, this.world);
      const onTheWay = passing(ledger);
      const isOver = performance.now() - begun > SETTLED_WITHIN_MS;
      if (isOver) {
        const rule = 'nothing is in a passing state a minute after the faults';
        this.findings.addAll(rule, onTheWay);
        this.findings.addAll('files, records, attachments and devices agree', wrong);
      }
      if (isOver || wrong.length + onTheWay.length === 0) return ledger;
      await delay(500);
    }
  }

  #judgeImages({ volumes, snapshots }: Ledger): void {
    const ids = [
      ...volumes.map(({ volumeId }) => volumeId),
      ...snapshots.map(({ snapshotId }) => snapshotId),
    ];
    for (const id of ids) {
      const image = this.#images.get(id);
      if (!image) continue;
      const wrong = image.compare(readSealed(join(this.world.deployment.layout.volumes, id)));
      if (wrong.length > 0) this.findings.add(SAME_BYTES, `${id} at the end: ${wrong[0]}`);
    }
  }

  async #leaveNothing(): Promise<void> {
    const deadline = performance.now() + SETTLED_WITHIN_MS;
    for (;;) {
      const ledger = await readLedger(this.#users);
      const left = [
        ...(await disagreements(ledger, this.world)),
        ...ledger.volumes.map(({ volumeId, status }) => `${volumeId} is ${status}`),
        ...ledger.snapshots.map(({ snapshotId, status }) => `${snapshotId} is ${status}`),
      ];
      if (left.length === 0) return;
      if (performance.now() > deadline) return this.findings.addAll(REMOVED, left);
      await delay(500);
    }
  }

  #judgeRecorder(): void {
    const { recorder, deployment } = this.world;
    const rule = 'never two holders of which one writes';
    this.findings.addAll(rule, recorder.holds.conflicts);
    // All machines here are on one kernel: a lock that is refused stands for two writers on two hosts.
    for (const { name } of deployment.options.vmmDelegates) {
      const log = readFileSync(deployment.layout.log(name), 'utf8');
      const refused = log.split('\n').filter((line) => /Failed to get .* lock/.test(line));
      this.findings.addAll('QEMU’s lock never had to save a file from a second writer', refused);
    }
  }
}

interface Shared {
  history: History;
  findings: Findings;
}
