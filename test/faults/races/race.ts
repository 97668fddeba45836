import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import {
  attachSurely,
  detachSurely,
  pauseUntil,
  settledExports,
  settledSnapshot,
  settledVerification,
  settledVolume,
} from '../clients/attachments.js';
import type { User } from '../clients/user.js';
import type { Deed, OperationName, Request, Response } from '../support/history.js';
import type { Act, Start } from './allowed.js';

/** Machines by their part: who has the volume when the race begins, and who else wants it. */
const HOLDER = { instanceId: 'vm1', vmm: 'vmm1' };
const RACERS = [
  { instanceId: 'vm2', vmm: 'vmm1' },
  { instanceId: 'vm3', vmm: 'vmm2' },
] as const;
const CLIENT = 'ann.racer';
/** Of who has no more of it than what is shared with him. */
const OTHER_CLIENT = 'ben.racer';
const OTHER = 'CN=ben,OU=users,O=VBS-Lustre';
const TAG_SET = { item: [{ key: 'Name', value: 'web' }] };
const UNTIL_ITS_END = new AbortController().signal;

/** One volume, and two operations on it or its snapshot that are sent at once. */
export class Race {
  readonly #user: User;
  readonly #other: User;
  readonly #device: string;
  #volumeId = '';
  #snapshotId = '';
  #isWritten = false;

  /** @param user whose it is @param other whom its snapshot may be shared with */
  constructor(user: User, other: User, device: string) {
    this.#user = user;
    this.#other = other;
    this.#device = device;
  }

  async prepare(start: Start): Promise<void> {
    const clientToken = randomUUID();
    const { volumeId } = await this.#must('CreateVolume', { sizeMiB: 1, clientToken });
    this.#volumeId = volumeId;
    await settledVolume(this.#user, CLIENT, volumeId, UNTIL_ITS_END);
    if (start === 'copied' || start === 'shared') {
      this.#snapshotId = (
        await this.#must('CreateSnapshot', { volumeId, checksum: true, clientToken: randomUUID() })
      ).snapshotId;
      await settledSnapshot(this.#user, CLIENT, this.#snapshotId, UNTIL_ITS_END);
    }
    this.#isWritten = start === 'written';
    if (start === 'shared') await this.#must('ModifySnapshotAttribute', this.#sharing('add'));
    if (start !== 'read' && start !== 'written') return;
    const attachMode = start === 'read' ? 'r' : 'w';
    const wanted = { volumeId, ...HOLDER, device: this.#device, attachMode } as const;
    const isAttached = await attachSurely(this.#user, CLIENT, wanted, UNTIL_ITS_END);
    if (!isAttached) await this.#must('AttachVolume', wanted);
  }

  /** @param headStartMs of the first */
  async run(first: Act, second: Act, headStartMs: number): Promise<[Deed, Deed]> {
    return Promise.all([this.#act(first, 0), delay(headStartMs).then(() => this.#act(second, 1))]);
  }

  /** What is not as the answers say, in words; empty also if the services need a while to get there. */
  async contradictions(deeds: readonly Deed[]): Promise<string[]> {
    const wrong: string[] = [];
    for (const deed of deeds) {
      if (deed.outcome !== 'acknowledged') continue;
      const contradiction = await this.#contradiction(deed, deeds);
      if (contradiction) wrong.push(`${deed.operation}: ${contradiction}`);
    }
    return wrong;
  }

  async #contradiction(deed: Deed, deeds: readonly Deed[]): Promise<string | undefined> {
    const volumeId = this.#volumeId;
    const { answer, outcome } = await this.#ask('DescribeVolume', { volumeId });
    const machines = answer?.attachmentSet.item.map(({ instanceId }) => instanceId) ?? [];
    const isGone = answer ? answer.status === 'deleting' : outcome === 'InvalidVolume.NotFound';
    const { instanceId = '' } = deed.request as { instanceId?: string };
    switch (deed.operation) {
      case 'AttachVolume':
        return machines.includes(instanceId) ? undefined : 'it is not attached';
      case 'DetachVolume':
        return machines.includes(instanceId) ? 'it is attached' : undefined;
      case 'DeleteVolume':
        return isGone ? undefined : `it is ${answer?.status ?? outcome}`;
      case 'DeleteSnapshot':
        return this.#statusOfSnapshot(this.#snapshotId, ['deleting', 'InvalidSnapshot.NotFound']);
      case 'ModifyVolume': {
        if (isGone) return undefined;
        const { sizeBytes, ...seen } = await settledVolume(
          this.#user,
          CLIENT,
          volumeId,
          UNTIL_ITS_END,
        );
        if (sizeBytes === 2 * 2 ** 20) return undefined;
        return `it has ${sizeBytes} bytes: ${seen.modificationState}`;
      }
      case 'CreateTags': {
        const isUntagged = deeds.some(({ operation }) => operation === 'DeleteTags');
        if (isGone || isUntagged || answer?.tagSet) return undefined;
        return 'it has no tag';
      }
      case 'DeleteTags': {
        const isTagged = deeds.some(({ operation }) => operation === 'CreateTags');
        return isTagged || !answer?.tagSet ? undefined : 'it has a tag';
      }
      case 'ModifySnapshotAttribute':
        return this.#contradictionInSharing(deed as Deed<'ModifySnapshotAttribute'>, deeds);
      case 'CreateSnapshot': {
        const { snapshotId } = deed.answer as { snapshotId: string };
        await settledSnapshot(this.#user, CLIENT, snapshotId, UNTIL_ITS_END);
        const wrong = await this.#consistencyOf(snapshotId, deed, deeds);
        return wrong ?? this.#statusOfSnapshot(snapshotId, rightEnds(deed, deeds));
      }
      case 'VerifySnapshot': {
        const place = [this.#user, CLIENT, this.#snapshotId] as const;
        const state = await settledVerification(...place, UNTIL_ITS_END);
        return state === 'intact' || state === undefined ? undefined : `it is ${state}`;
      }
      case 'ExportVolume':
        return this.#contradictionOfExport(deed.answer as Response<'ExportVolume'>, deeds);
      default: {
        const made = (deed.answer as { volumeId: string }).volumeId;
        const maker = deed.client === CLIENT ? this.#user : this.#other;
        const { status } = await settledVolume(maker, deed.client, made, UNTIL_ITS_END);
        return status === 'available' ? undefined : `it is ${status}`;
      }
    }
  }

  /** What it is by whether a machine had the volume for writing; with one that came or went meanwhile, either. */
  async #consistencyOf(
    snapshotId: string,
    own: Deed,
    deeds: readonly Deed[],
  ): Promise<string | undefined> {
    const { answer } = await this.#ask('DescribeSnapshot', { snapshotId });
    const { force = false } = own.request as Request<'CreateSnapshot'>;
    const written = force ? 'torn' : 'crash-consistent';
    const isMoved = deeds.some(
      ({ operation, outcome }) =>
        /^(At|De)tachVolume$/.test(operation) && outcome === 'acknowledged',
    );
    const right = isMoved ? ['exact', written] : [this.#isWritten ? written : 'exact'];
    const found = answer?.consistency ?? '';
    return !answer || right.includes(found) ? undefined : `it is ${found}`;
  }

  async #contradictionInSharing(
    { request: { operationType } }: Deed<'ModifySnapshotAttribute'>,
    deeds: readonly Deed[],
  ): Promise<string | undefined> {
    const isOpposed = deeds.some(
      ({ request }) => 'operationType' in request && request.operationType !== operationType,
    );
    const request = { snapshotId: this.#snapshotId };
    const { answer } = await this.#ask('DescribeSnapshotAttribute', request);
    if (isOpposed || !answer) return undefined;
    const isShared = answer.createVolumePermission.item.length > 0;
    if (isShared === (operationType === 'add')) return undefined;
    return isShared ? 'it is shared' : 'it is not shared';
  }

  /** Of two that want the same name, one has it. */
  async #contradictionOfExport(
    { exportTask }: Response<'ExportVolume'>,
    deeds: readonly Deed[],
  ): Promise<string | undefined> {
    const others = deeds.filter(({ operation }) => operation === 'ExportVolume');
    const item = others.flatMap(({ answer }) => {
      const task = (answer as Response<'ExportVolume'> | undefined)?.exportTask;
      return task ? [{ exportTaskId: task.exportTaskId }] : [];
    });
    const tasks = await settledExports(this.#user, CLIENT, { item }, UNTIL_ITS_END);
    const completed = tasks.filter(({ state }) => state === 'completed');
    if (completed.length === 1) return undefined;
    const words = tasks.map(({ state, statusMessage }) => `${state} ${statusMessage ?? ''}`);
    return `${exportTask.fileName}: ${words.join(', ')}`;
  }

  async #statusOfSnapshot(snapshotId: string, right: string[]): Promise<string | undefined> {
    const { answer, outcome } = await this.#ask('DescribeSnapshot', { snapshotId });
    const status = answer?.status ?? outcome;
    return right.includes(status) ? undefined : `it is ${status}`;
  }

  /** Detaches it from wherever it is. */
  async end(): Promise<void> {
    for (const place of [HOLDER, ...RACERS]) {
      const wanted = { volumeId: this.#volumeId, ...place, device: this.#device };
      const { answer } = await this.#ask('DescribeVolume', { volumeId: this.#volumeId });
      const item = answer?.attachmentSet.item ?? [];
      if (!item.some(({ instanceId }) => instanceId === place.instanceId)) continue;
      await detachSurely(this.#user, CLIENT, { ...wanted, attachMode: 'r' }, UNTIL_ITS_END);
    }
  }

  #act(act: Act, side: 0 | 1): Promise<Deed> {
    const volumeId = this.#volumeId;
    const snapshotId = this.#snapshotId;
    const device = this.#device;
    switch (act) {
      case 'attach r':
      case 'attach w': {
        const attachMode = act === 'attach r' ? 'r' : 'w';
        return this.#call('AttachVolume', { volumeId, ...RACERS[side], device, attachMode });
      }
      case 'detach':
        return this.#call('DetachVolume', { volumeId, ...HOLDER, device });
      case 'delete':
        return this.#call('DeleteVolume', { volumeId });
      case 'snapshot':
        return this.#call('CreateSnapshot', { volumeId });
      case 'force snapshot':
        return this.#call('CreateSnapshot', { volumeId, force: true });
      case 'copy snapshot':
        return this.#call('CreateVolume', { snapshotId });
      case 'delete snapshot':
        return this.#call('DeleteSnapshot', { snapshotId });
      case 'verify':
        return this.#call('VerifySnapshot', { snapshotId });
      case 'extend':
        return this.#call('ModifyVolume', { volumeId, sizeMiB: 2 });
      case 'export':
        return this.#call('ExportVolume', { volumeId, fileName: `${volumeId}.img` });
      case 'export snapshot':
        return this.#call('ExportVolume', { snapshotId, fileName: `${snapshotId}.img` });
      case 'tag':
        return this.#call('CreateTags', { resourcesSet: this.#tagged, tagSet: TAG_SET });
      case 'untag':
        return this.#call('DeleteTags', { resourcesSet: this.#tagged, tagSet: TAG_SET });
      case 'share':
        return this.#call('ModifySnapshotAttribute', this.#sharing('add'));
      case 'unshare':
        return this.#call('ModifySnapshotAttribute', this.#sharing('remove'));
      case 'borrow':
        return this.#other.call(OTHER_CLIENT, 'CreateVolume', { snapshotId });
    }
  }

  /** The volume, and its snapshot if it has one. */
  get #tagged() {
    const ids = this.#snapshotId ? [this.#volumeId, this.#snapshotId] : [this.#volumeId];
    return { item: ids.map((resourceId) => ({ resourceId })) };
  }

  #sharing(operationType: 'add' | 'remove') {
    const userIdSet = { item: [{ userId: OTHER }] };
    return { snapshotId: this.#snapshotId, operationType, userIdSet };
  }

  #call<O extends OperationName>(operation: O, request: Request<O>): Promise<Deed<O>> {
    return this.#user.call(CLIENT, operation, request);
  }

  /** Again and again while it is `Unavailable`: a delegate, or the database, stands still for a while. */
  async #ask<O extends OperationName>(operation: O, request: Request<O>): Promise<Deed<O>> {
    for (;;) {
      const deed = await this.#call(operation, request);
      if (deed.outcome !== 'Unavailable') return deed;
      await pauseUntil(UNTIL_ITS_END);
    }
  }

  async #must<O extends OperationName>(operation: O, request: Request<O>) {
    const { answer, message } = await this.#ask(operation, request);
    if (!answer) throw new Error(`${operation}: ${message}`);
    return answer;
  }
}

/** The volume may be taken from the machine that writes before all is copied. */
function rightEnds({ answer }: Deed, deeds: readonly Deed[]): string[] {
  const { consistency } = answer as { consistency?: string };
  const isDetached = deeds.some(({ operation }) => operation === 'DetachVolume');
  const mayFail = isDetached && consistency === 'crash-consistent';
  return mayFail ? ['available', 'failure : cmd error'] : ['available'];
}
