import { columns } from '../verdicts/table.js';
import {
  carryOut,
  inOrder,
  type Kill,
  nameOf,
  planKills,
  recordSteps,
  type Step,
  told,
  withoutChance,
} from './enumeration.js';
import type { Lane } from './lane.js';
import { once } from './once.js';
import type { Operation } from './operations.js';
import { blame, judgeAgain, judgeFirst } from './verdict.js';

const AT_ONCE = 3;

/**
 * Each operation is done once to see its steps, and then twice for each step: with a failure before it and with one
 * after it. Then all of them are looked at, repeated, and looked at again.
 * @param isWanted which of the steps
 * @returns all failures, with what is wrong; and what is wrong and nobody's
 */
export async function runRound(
  lane: Lane,
  operations: readonly Operation[],
  isWanted: (step: Step) => boolean = () => true,
) {
  const planned: { kill: Kill; steps: readonly Step[] }[] = [];
  const recorded: { operation: Operation; steps: Step[] }[] = [];
  for (const operation of operations) {
    recorded.push({ operation, steps: await recordSteps(lane, operation) });
  }
  for (const { operation, steps } of recorded) {
    const kills = await planKills(lane, operation, steps.filter(isWanted));
    planned.push(...kills.map((kill) => ({ kill, steps })));
  }
  const stepsOf = new Map(planned.map(({ kill, steps }) => [kill, steps]));
  const all = inOrder(planned.map(({ kill }) => kill));
  for (const kill of all) await carryOut(lane, kill, stepsOf.get(kill) ?? []);
  const kills = await withoutChance(lane, all);
  for (const operation of operations) operation.release?.(lane);
  const settled = kills.filter(({ operation }) => !operation.waitsForOwner);
  const before = await lane.settle();
  judgeFirst(settled, before.ledger, before.wrong);
  await repeatAll(lane, kills);
  const after = await lane.settle();
  judgeAgain(kills, after.ledger, after.wrong);
  return { kills, nobodys: blame(kills, after.wrong, 'left: ') };
}

/** The same request, with the same token. */
async function repeatAll(lane: Lane, kills: readonly Kill[]): Promise<void> {
  const left = [...kills];
  const work = async () => {
    for (let kill = left.shift(); kill; kill = left.shift()) {
      kill.again = await lane.call(kill.operation.call, kill.request);
      const { volumeId = '', snapshotId = '', exportTask } = (kill.again.answer ?? {}) as Made;
      const { call } = kill.operation;
      if (call === 'CreateVolume' || call === 'ImportVolume') kill.made.add(volumeId);
      if (call === 'CreateSnapshot') kill.made.add(snapshotId);
      if (exportTask) kill.made.add(exportTask.exportTaskId);
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
}

interface Made {
  volumeId?: string;
  snapshotId?: string;
  exportTask?: { exportTaskId: string };
}

/** Detaches and deletes everything. @returns what could not be, and what is left, in words */
export async function removeEverything(lane: Lane): Promise<string[]> {
  const refused: string[] = [];
  const call: Lane['call'] = async (operation, request) => {
    const deed = await lane.call(operation, once(operation, request));
    if (!deed.answer) refused.push(`${operation} ${JSON.stringify(request)}: ${told(deed)}`);
    return deed;
  };
  const { volumes, snapshots } = await lane.ledger();
  for (const { attachmentSet } of volumes) {
    for (const { volumeId, instanceId, vmm, device } of attachmentSet.item) {
      const force = lane.isLost(vmm) ? { force: true, acceptRisk: true } : {};
      await call('DetachVolume', { volumeId, instanceId, vmm, device, ...force });
    }
  }
  await Promise.all(snapshots.map(({ snapshotId }) => call('DeleteSnapshot', { snapshotId })));
  await Promise.all(volumes.map(({ volumeId }) => call('DeleteVolume', { volumeId })));
  lane.forgetLost();
  const { ledger, wrong } = await lane.settle();
  return [
    ...refused,
    ...wrong,
    ...ledger.volumes.map(({ volumeId }) => `${volumeId} is left`),
    ...ledger.snapshots.map(({ snapshotId }) => `${snapshotId} is left`),
  ];
}

/** The table: operation, step, before or after, verdict. */
export function tableOfKills(kills: readonly Kill[]): string {
  const rows = kills.map((kill) => {
    const { operation, step, side, first, wrong } = kill;
    const answer = first?.outcome === 'acknowledged' ? 'ok' : (first?.outcome ?? '');
    const verdict = wrong.length === 0 ? 'held' : `BROKEN: ${wrong.join('; ')}`;
    return [operation.title, step.service, `${step.step}${nth(step)}`, side, answer, verdict];
  });
  const heads = ['operation', 'service', 'step', 'killed', 'told', 'verdict'];
  return columns([heads, ...rows]).join('\n');
}

export function broken(kills: readonly Kill[]): string[] {
  return kills
    .filter(({ wrong }) => wrong.length > 0)
    .map((kill) => `${nameOf(kill)}: ${kill.wrong.join('; ')}`);
}

function nth({ nth }: Step): string {
  return nth === 1 ? '' : ` (${nth})`;
}
