import { ServiceFault } from '@vbs-lustre/shared/faults';
import { newId } from '@vbs-lustre/shared/ids';
import { errorFields, type Log } from '@vbs-lustre/shared/log';
import type { vmmDelegate } from '@vbs-lustre/wsdl';
import { isInstance } from '../delegates/vmmDelegates.js';
import type { FrontEnd } from '../frontEnd.js';
import {
  type Attachment,
  attachmentsOf,
  attachmentsOn,
  attachmentsUnderWay,
  moveAttachment,
} from '../metadata/attachments.js';
import { recordEvent } from '../metadata/events.js';
import { endAttachment, isSame, note } from './attachments.js';
import { GivenUp } from './givenUp.js';
import { forEachGroup } from './groups.js';
import { Looks } from './looks.js';

/** Brings together what the records and the hypervisors' own lists say. */
export class Hosts {
  readonly #frontEnd: FrontEnd;
  readonly #log: Log;
  readonly #patienceMs: number;
  readonly #looks: Looks;
  readonly #givenUp: GivenUp;
  /** Hosts that a round is at work on: one that does not answer does not hold up the next round for the others. */
  readonly #busy = new Set<string>();
  /** The volumes that each host showed at its last look without a record. */
  readonly #strays = new Map<string, Set<string>>();

  /** @param patienceMs longer than an operation waits for a delegate's answer: until then it is its own business */
  constructor(frontEnd: FrontEnd, patienceMs: number, log: Log, looks = new Looks()) {
    this.#frontEnd = frontEnd;
    this.#log = log;
    this.#patienceMs = patienceMs;
    this.#looks = looks;
    this.#givenUp = new GivenUp(frontEnd, log);
  }

  async round(): Promise<void> {
    const { database, vmmDelegates } = this.#frontEnd;
    const since = new Date(Date.now() - this.#patienceMs);
    const underWay = await attachmentsUnderWay(database, since);
    const hosts = new Set([...(await vmmDelegates.hosts()), ...underWay.map(({ vmm }) => vmm)]);
    await forEachGroup(
      [...hosts],
      (host) => host,
      async (host) => {
        const own = underWay.filter(({ vmm }) => vmm === host);
        await this.#lookAt(host, own).catch((error) =>
          this.#log.error('a host could not be looked after', { host, ...errorFields(error) }),
        );
      },
      this.#busy,
    );
  }

  async #lookAt(host: string, underWay: readonly Attachment[]): Promise<void> {
    const list = await this.#frontEnd.vmmDelegates.list(host);
    if (!list) {
      for (const { volumeId, orderId } of underWay) {
        await this.#givenUp.tell(volumeId, `the host ${host} does not answer`, { orderId });
      }
      return;
    }
    for (const attachment of underWay) await this.#end(attachment, list);
    await this.#compare(host, list);
  }

  async #end(attachment: Attachment, list: readonly vmmDelegate.Attachment[]): Promise<void> {
    const { volumeId, orderId } = attachment;
    try {
      const end = await endAttachment(this.#frontEnd, attachment, list);
      this.#log.info('an attachment was looked after', { volumeId, orderId, end });
      if (end !== 'unknown') return;
      await this.#givenUp.tell(volumeId, notProven(attachment.vmm), { orderId });
    } catch (error) {
      if (!(error instanceof ServiceFault)) throw error;
      await this.#givenUp.tell(volumeId, error.message, { orderId });
    }
  }

  /** The records are read after the list: an attachment's record is written before its device is made. */
  async #compare(host: string, list: readonly vmmDelegate.Attachment[]): Promise<void> {
    const records = await attachmentsOn(this.#frontEnd.database, host);
    const strays = list.filter((seen) => !records.some((record) => isSame(record, seen)));
    const gone = records.filter(
      (record) => record.status === 'attached' && !list.some((seen) => isSame(record, seen)),
    );
    this.#strays.set(host, new Set(strays.map(({ volumeId }) => volumeId)));
    const isStray = this.#looks.confirmed(`strays on ${host}`, strays.map(nameOf));
    const isGone = this.#looks.confirmed(
      `gone on ${host}`,
      gone.map(({ orderId }) => orderId),
    );
    for (const seen of strays) if (isStray.has(nameOf(seen))) await this.#detach(host, seen);
    for (const record of gone) if (isGone.has(record.orderId)) await this.#release(record, list);
  }

  /** Takes a device away that has no record, after a last look at the database. */
  async #detach(host: string, seen: vmmDelegate.Attachment): Promise<void> {
    const { database, instance, vmmDelegates } = this.#frontEnd;
    const { volumeId, instanceId, device } = seen;
    const records = await attachmentsOf(database, volumeId);
    if (records.some((record) => record.vmm === host && isSame(record, seen))) return;
    // It moved with its machine: who detached it would stop the machine's work.
    const moved = records.find(
      (record) => record.vmm !== host && isInstance(seen, record.instanceId),
    );
    if (moved) {
      const reason = `${instanceId} has it attached on ${host}, and its record is of ${moved.vmm}`;
      return this.#givenUp.tell(volumeId, reason, { device, orderId: moved.orderId });
    }
    // Of another order than the one that was seen, nothing is taken away.
    const orderId = seen.orderId ?? newId('ord');
    const reason = `${instanceId} has it attached on ${host} without a record`;
    const event = { instance, subjectId: volumeId, action: 'stray-detached', reason } as const;
    await recordEvent(database, { ...event, details: { ...seen, orderId } });
    this.#log.warn('a device without a record is detached', { ...seen, host, orderId });
    this.#looks.forget(`strays on ${host}`, nameOf(seen));
    try {
      const order = { orderId, volumeId, instanceId, vmm: host, device };
      if ((await vmmDelegates.detach(order)) !== 'unknown') return;
      await this.#givenUp.tell(volumeId, notProven(host), order);
    } catch (error) {
      if (!(error instanceof ServiceFault)) throw error;
      await this.#givenUp.tell(volumeId, error.message, { orderId, device, vmm: host });
    }
  }

  /** Ends an attachment whose device is gone, as after the end of its machine; unless the volume turned up elsewhere. */
  async #release(record: Attachment, list: readonly vmmDelegate.Attachment[]): Promise<void> {
    const { volumeId, orderId, vmm } = record;
    if ([...this.#strays.values()].some((volumes) => volumes.has(volumeId))) {
      const reason = `its device is gone on ${vmm}, but it is attached without a record elsewhere`;
      return this.#givenUp.tell(volumeId, reason, { orderId });
    }
    const reason = `${record.instanceId} on ${vmm} has no such device any more`;
    const begun = await note(this.#frontEnd, record, 'device-gone', reason, (transaction) =>
      moveAttachment(transaction, record, 'attached', 'detaching'),
    );
    if (begun) await this.#end({ ...record, status: 'detaching' }, list);
  }
}

function notProven(host: string): string {
  return `the host ${host} has not proven that it is detached`;
}

function nameOf({ volumeId, instanceUuid, instanceId, device }: vmmDelegate.Attachment): string {
  return [volumeId, instanceId, instanceUuid, device].join(' ');
}
