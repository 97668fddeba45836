import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import type { VBSLustreClient } from '@vbs-lustre/client';
import type { Random } from '../../attacks/mutants/random.js';
import type { Findings } from '../support/findings.js';
import {
  type Deed,
  type History,
  mayHaveHappened,
  type OperationName,
  type Request,
} from '../support/history.js';

const NOBODY_MS = 1_000;
const RESOLVE_TIMES = 20;

type Creation = 'CreateVolume' | 'CreateSnapshot';

interface Unanswered<O extends Creation> {
  client: string;
  operation: O;
  request: Request<O>;
}

/** What the answers of many operations have. */
interface Answer {
  status?: string;
  volumeId?: string;
  snapshotId?: string;
  device?: string;
  attachmentSet?: object;
}

/** One user with several clients that share what is his. */
export class User {
  readonly name: string;
  /** Volumes that anything may be done to, and those whose content is known and checked by a journey. */
  readonly volumes = new Set<string>();
  readonly precious = new Set<string>();
  readonly snapshots = new Set<string>();
  /** Those of which the last answer said that something can be done with them. */
  readonly usable = new Set<string>();
  readonly history: History;
  readonly findings: Findings;
  readonly random: Random;
  /** Creations of which nobody knows whether they were done. */
  readonly #unanswered = new Set<Unanswered<Creation>>();
  readonly #ports: readonly VBSLustreClient[];

  constructor(
    name: string,
    ports: readonly VBSLustreClient[],
    shared: { history: History; findings: Findings; random: Random },
  ) {
    this.name = name;
    this.#ports = ports;
    this.history = shared.history;
    this.findings = shared.findings;
    this.random = shared.random;
  }

  /** Asks any of the front ends. */
  async call<O extends OperationName>(
    client: string,
    operation: O,
    request: Request<O>,
  ): Promise<Deed<O>> {
    const port = this.random.pick(this.#ports);
    const deed = await this.history.call(client, port, operation, request);
    this.#learn(deed.answer);
    // Nobody was there: a person would wait a moment, too.
    if (deed.outcome === 'not sent') await delay(NOBODY_MS);
    return deed;
  }

  #learn(answer: object | undefined): void {
    const { status, volumeId, snapshotId, device, attachmentSet } = (answer ?? {}) as Answer;
    if (status === undefined || device !== undefined) return;
    const id = attachmentSet ? volumeId : snapshotId;
    if (id === undefined) return;
    if (status === 'available' || status === 'in-use') this.usable.add(id);
    else this.usable.delete(id);
  }

  /**
   * A creation with a client token of its own. Without an answer it is asked for again, once at once, and once more
   * when all is well.
   */
  async create<O extends Creation>(
    client: string,
    operation: O,
    request: Request<O>,
  ): Promise<Deed<O>> {
    const withToken = { ...request, clientToken: randomUUID() };
    const first = await this.call(client, operation, withToken);
    if (first.outcome === 'acknowledged' || !mayHaveHappened(first)) return first;
    const again = await this.call(client, operation, withToken);
    if (again.outcome !== 'acknowledged') {
      this.#unanswered.add({ client, operation, request: withToken });
    }
    return again;
  }

  /** Asks again for what was not answered: what was made then is made known. */
  async resolve(): Promise<void> {
    for (const { client, operation, request } of this.#unanswered) {
      for (let n = 0; n < RESOLVE_TIMES; n++) {
        const { outcome } = await this.call(client, operation, request);
        if (!['Unavailable', 'unknown', 'not sent'].includes(outcome)) break;
        await delay(NOBODY_MS);
      }
    }
    this.#unanswered.clear();
  }
}

/** The id of what a creation made. */
export function madeBy({ answer }: Deed<Creation>): string | undefined {
  if (!answer) return undefined;
  return 'snapshotId' in answer && !('attachmentSet' in answer)
    ? answer.snapshotId
    : (answer as { volumeId: string }).volumeId;
}
