import type { Ledger } from '../verdicts/ledger.js';
import { type Kill, told } from './enumeration.js';

/** What every operation has to have come to, when the services had time to put everything right. */
export function judgeFirst(kills: readonly Kill[], ledger: Ledger, wrong: readonly string[]): void {
  blame(kills, wrong, 'left: ');
  for (const kill of kills) {
    const { operation, request, first, made } = kill;
    const results = operation.results(ledger, request, made);
    const most = results > 1 ? `it was done ${results} times` : undefined;
    if (most) kill.wrong.push(most);
    const isLost = first?.outcome === 'acknowledged' && results === 0;
    if (isLost) kill.wrong.push('it was acknowledged, and its result is not there');
  }
}

/** And when it was asked for once more. */
export function judgeAgain(kills: readonly Kill[], ledger: Ledger, wrong: readonly string[]): void {
  blame(kills, wrong, 'left after it was repeated: ');
  for (const kill of kills) {
    const { operation, request, first, again, made } = kill;
    if (again?.outcome !== 'acknowledged') {
      kill.wrong.push(`repeated: ${again && told(again)}`);
      continue;
    }
    const results = operation.results(ledger, request, made);
    if (results !== 1) kill.wrong.push(`repeated, it was done ${results} times`);
    const [one, other] = [first?.answer, again.answer].map(identityOf);
    if (one !== undefined && one !== other) {
      kill.wrong.push(`it was answered by ${one}, and, repeated, by ${other}`);
    }
  }
}

/** Says of each what is wrong with what it is about. @returns what is nobody's */
export function blame(kills: readonly Kill[], wrong: readonly string[], prefix: string): string[] {
  return wrong.filter((words) => {
    const guilty = kills.filter((kill) => idsOf(kill).some((id) => words.includes(id)));
    for (const kill of guilty) kill.wrong.push(`${prefix}${words}`);
    return guilty.length === 0;
  });
}

function idsOf({ operation, request, made }: Kill): string[] {
  const { volumeId, snapshotId } = request as { volumeId?: string; snapshotId?: string };
  // What is copied has nothing to do with it.
  const own = /^(Create|Import|Export)/.test(operation.call) ? [] : [volumeId, snapshotId];
  return [...made, ...own.filter((id) => id !== undefined)];
}

/** What an answer says that does not change with time. */
function identityOf(answer: object | undefined): string | undefined {
  if (!answer) return undefined;
  const { exportTask } = answer as { exportTask?: object };
  const {
    volumeId,
    snapshotId,
    instanceId,
    vmm,
    device,
    attachMode,
    attachTime,
    createTime,
    ...more
  } = (exportTask ?? answer) as Record<string, string | Date>;
  const parts = {
    volumeId,
    snapshotId,
    instanceId,
    vmm,
    device,
    attachMode,
    attachTime,
    createTime,
    exportTaskId: more.exportTaskId,
  };
  return JSON.stringify(parts);
}
