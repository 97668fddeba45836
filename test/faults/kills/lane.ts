import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { VBSLustreClient } from '@vbs-lustre/client';
import type { Deployment } from '@vbs-lustre/lab/deployment/deployment';
import { LabVm } from '@vbs-lustre/lab/qemu/labVm';
import { Gate } from '../../support/gate.js';
import { type Deed, History, type OperationName, type Request } from '../support/history.js';
import { Recorder } from '../support/recorder.js';
import type { Machine } from '../support/world.js';
import { disagreements } from '../verdicts/agreement.js';
import { type Ledger, passing } from '../verdicts/ledger.js';
import { deploymentOf } from './laneDeployment.js';
import { type FileSystem, LaneHome } from './laneHome.js';
import { leftBehind, unreported } from './leftBehind.js';
import { Meeting } from './meeting.js';
import { once } from './once.js';

/** The services' own limit, not a measure of speed. */
const SETTLED_WITHIN_MS = 240_000;
const DIES_WITHIN_MS = 180_000;
const PATIENCE_MS = 180_000;
const POLL_MS = 250;
const LOOK_MS = 300;

/** What a service has noted (preload/start.mjs). */
export interface Note {
  service: string;
  step: string;
  side: 'before' | 'after';
  ids: readonly string[];
  killed?: string;
}

/** Where a service is to be killed. */
export interface KillOrder {
  kill: string;
  step: string;
  side: 'before' | 'after';
  nth: number;
}

export interface LaneOptions {
  /** Whether files can be held up while they are made. */
  isGated?: boolean;
  /** Whether two Volume Delegates share copies. */
  isShared?: boolean;
  /** Of the Volume Delegates. */
  settings?: object;
  /** Where everything lies, in a file system of its own; else with the other temporary files. */
  fileSystem?: FileSystem;
  /** What is wrong with files when nothing else is, in words. */
  verdict?: (ledger: Ledger, folder: string) => string[];
}

/** A deployment of its own, in which one service after another is killed. */
export class Lane {
  readonly deployment: Deployment;
  readonly recorder: Recorder;
  readonly history = new History();
  client!: VBSLustreClient;
  readonly gate: Gate | undefined;
  readonly meeting: Meeting | undefined;
  readonly #vms = new Map<string, LabVm>();
  readonly #kills: string;
  readonly #home: LaneHome;
  readonly #verdict: LaneOptions['verdict'];
  /** Names of hosts that are gone for good, and of their machines: nobody can say what they do. */
  #lost: string[] = [];

  private constructor(
    deployment: Deployment,
    home: LaneHome,
    { gate, meeting }: Pick<Lane, 'gate' | 'meeting'>,
    verdict: LaneOptions['verdict'],
  ) {
    this.deployment = deployment;
    this.gate = gate;
    this.meeting = meeting;
    this.#home = home;
    this.#verdict = verdict;
    this.recorder = new Recorder(deployment.layout.volumes, LOOK_MS);
    this.#kills = join(deployment.layout.home, 'kills');
  }

  /** @param machines the hosts of which are made, too */
  static async start(
    machines: readonly Machine[],
    { isGated = false, isShared = false, settings, fileSystem, verdict }: LaneOptions = {},
  ): Promise<Lane> {
    const home = LaneHome.make(fileSystem);
    const gate = isGated ? new Gate(home.path) : undefined;
    const meeting = isShared ? new Meeting(home.path) : undefined;
    const hosts = [...new Set(machines.map(({ host }) => host))];
    const deployment = await deploymentOf(home.path, hosts, { gate, meeting, settings });
    const lane = new Lane(deployment, home, { gate, meeting }, verdict);
    mkdirSync(lane.#kills);
    try {
      await deployment.start();
      lane.client = await deployment.client('ann');
      await Promise.all(machines.map((machine) => lane.#boot(machine)));
    } catch (error) {
      await lane.stop(true).catch(console.error);
      throw error;
    }
    return lane;
  }

  async #boot({ name, host }: Machine): Promise<void> {
    const { layout } = this.deployment;
    const options = { name, qmpDirectory: layout.vms(host), stateDirectory: layout.state(host) };
    const watching = this.recorder.watch(name, host, join(options.stateDirectory, `${name}.watch`));
    const [vm] = await Promise.all([LabVm.start(options), watching]);
    this.#vms.set(name, vm);
  }

  /**
   * A call that is repeated, as a client would, while somebody who is needed is not there.
   * @param request with a client token, if it changes something
   * @param wants whether it is to be repeated; asked when it was refused
   */
  async call<O extends OperationName>(
    operation: O,
    request: Request<O>,
    wants: () => boolean = () => true,
  ): Promise<Deed<O>> {
    const deadline = performance.now() + PATIENCE_MS;
    for (;;) {
      const deed = await this.history.call('ann', this.client, operation, request);
      if (deed.outcome !== 'Unavailable' || performance.now() > deadline || !wants()) return deed;
      await delay(POLL_MS);
    }
  }

  /** A call that nothing stands in the way of. @throws {Error} if it is not acknowledged */
  async must<O extends OperationName>(operation: O, request: Request<O>, wants?: () => boolean) {
    const deed = await this.call(operation, once(operation, request), wants);
    const { answer, outcome, message } = deed;
    if (answer) return answer;
    throw new Error(`${operation} ${JSON.stringify(request)}: ${outcome} ${message}`);
  }

  /** All that the services have noted, or what they have noted since then. */
  notes(since = 0): Note[] {
    const file = join(this.#kills, 'steps.jsonl');
    if (!existsSync(file)) return [];
    const lines = readFileSync(file, 'utf8').split('\n').slice(0, -1);
    return lines.slice(since).map((line) => JSON.parse(line));
  }

  /** Has a service killed at a step of whatever is not about one of the others. */
  arm(service: string, order: KillOrder, others: readonly string[]): void {
    const file = this.#orderFile(service);
    // Renamed, so that no service reads half of it.
    writeFileSync(`${file}.new`, JSON.stringify({ ...order, others }));
    renameSync(`${file}.new`, file);
  }

  /** Whether a service has yet to come to the step before or after which it is killed. */
  isArmed(service: string): boolean {
    return existsSync(this.#orderFile(service));
  }

  disarm(service: string): void {
    rmSync(this.#orderFile(service), { force: true });
  }

  /** Waits until a service has been killed, and starts it again. @returns false if it was never killed */
  async revive(service: string): Promise<boolean> {
    const running = this.deployment.service(service);
    const deadline = performance.now() + DIES_WITHIN_MS;
    while (running.isRunning && performance.now() < deadline) await delay(POLL_MS / 10);
    if (running.isRunning) return false;
    await this.deployment.restart(service);
    return true;
  }

  /** A host that is lost for good, with its machines. */
  async lose(host: string, machines: readonly string[]): Promise<void> {
    for (const name of machines) await this.#vms.get(name)?.crash();
    await this.deployment.service(host).kill();
    this.#lost = [host, ...machines];
  }

  isLost(name: string): boolean {
    return this.#lost.includes(name);
  }

  /** Nothing is left that only they could tell. */
  forgetLost(): void {
    this.#lost = [];
  }

  async ledger(): Promise<Ledger> {
    const { volumeSet } = await this.must('DescribeVolumes', {});
    const { snapshotSet } = await this.must('DescribeSnapshots', {});
    const restorableBySet = { item: [{ user: 'all' }] };
    const { snapshotSet: shared } = await this.must('DescribeSnapshots', { restorableBySet });
    const { exportTaskSet } = await this.must('DescribeExportTasks', {});
    const { fastSnapshotRestoreSet } = await this.must('DescribeFastSnapshotRestores', {});
    return {
      volumes: volumeSet.item,
      snapshots: snapshotSet.item,
      shared: shared.item,
      exports: exportTaskSet.item,
      fastRestores: fastSnapshotRestoreSet.item,
    };
  }

  /** Waits until nothing contradicts anything. @returns all that there is, and what still does, in words */
  async settle(): Promise<{ ledger: Ledger; wrong: string[] }> {
    const deadline = performance.now() + SETTLED_WITHIN_MS;
    for (;;) {
      const ledger = await this.ledger();
      const wrong = await this.#wrong(ledger);
      if (wrong.length === 0 || performance.now() > deadline) return { ledger, wrong };
      await delay(POLL_MS);
    }
  }

  async #wrong(ledger: Ledger): Promise<string[]> {
    const { layout, options } = this.deployment;
    const words = [
      ...passing(ledger),
      ...(await disagreements(ledger, this)),
      ...leftBehind(ledger, layout.volumes),
      ...options.volumeDelegates.flatMap(({ name }) => unreported(layout.state(name))),
    ];
    const known = words.filter((each) => !each.split(/[^\w-]+/).some((word) => this.isLost(word)));
    return known.length > 0 ? known : (this.#verdict?.(ledger, layout.volumes) ?? []);
  }

  /** @param keep everything, to be looked into */
  async stop(keep: boolean): Promise<void> {
    try {
      await this.recorder.stop();
      await Promise.all([...this.#vms.values()].map((vm) => vm.stop()));
      await this.deployment.stop();
      if (!keep) await this.deployment.erase();
    } finally {
      const kept = this.#home.remove(keep);
      if (kept) console.log(`Everything is kept in ${kept}`);
    }
  }

  #orderFile(service: string): string {
    return join(this.#kills, `${service}.json`);
  }
}
