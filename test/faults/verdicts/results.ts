import type { Findings } from '../support/findings.js';
import { type Deed, type History, mayHaveHappened } from '../support/history.js';
import type { Crash } from '../support/world.js';
import type { Ledger } from './ledger.js';

/** Whether the result of every acknowledged operation is there when all has settled. */
export function judgeResults(
  history: History,
  ledger: Ledger,
  crashes: readonly Crash[],
  findings: Findings,
): void {
  judgeThings(history, ledger, findings);
  judgeAttachments(history, ledger, crashes, findings);
}

function judgeThings(history: History, ledger: Ledger, findings: Findings): void {
  const there = new Set([
    ...ledger.volumes.map(({ volumeId }) => volumeId),
    ...ledger.snapshots.map(({ snapshotId }) => snapshotId),
  ]);
  const made = new Map<string, Set<string>>();
  for (const { answer, request } of history.of('CreateVolume')) {
    if (answer) note(made, request.clientToken, answer.volumeId);
  }
  for (const { answer, request } of history.of('CreateSnapshot')) {
    if (answer) note(made, request.clientToken, answer.snapshotId);
  }
  const known = new Set([...made.values()].flatMap((ids) => [...ids]));
  const deletions = [
    ...history.of('DeleteVolume').map((deed) => ({ id: deed.request.volumeId, ...deed })),
    ...history.of('DeleteSnapshot').map((deed) => ({ id: deed.request.snapshotId, ...deed })),
  ];
  const tried = new Set(deletions.filter(mayHaveHappened).map(({ id }) => id));
  const gone = deletions.filter(({ outcome }) => outcome === 'acknowledged').map(({ id }) => id);
  const lost = [...known].filter((id) => !there.has(id) && !tried.has(id));
  findings.addAll(
    'nothing acknowledged is lost',
    lost.map((id) => `${id} is gone`),
  );
  const back = gone.filter((id) => there.has(id));
  findings.addAll(
    'what was deleted stays deleted',
    back.map((id) => `${id} is there`),
  );
  // All creations were asked for again until they were answered: whatever nobody was told of was made twice.
  const rule = 'the same client token made one thing';
  const twice = [...there].filter((id) => !known.has(id));
  findings.addAll(
    rule,
    twice.map((id) => `${id} is there, and nobody was told`),
  );
  const many = [...made.values()].filter(
    (ids) => [...ids].filter((id) => there.has(id)).length > 1,
  );
  findings.addAll(
    rule,
    many.map((ids) => `one token made ${[...ids].join(' and ')}`),
  );
}

function note(made: Map<string, Set<string>>, token: string | undefined, id: string): void {
  const ids = made.get(token ?? id) ?? new Set();
  made.set(token ?? id, ids.add(id));
}

/** The last word on each place: attached, and nobody tried to detach it since; or detached, and nobody to attach it. */
function judgeAttachments(
  history: History,
  { volumes }: Ledger,
  crashes: readonly Crash[],
  findings: Findings,
): void {
  const there = new Set(
    volumes.flatMap(({ attachmentSet }) => attachmentSet.item).map((each) => placeOf(each)),
  );
  const attaches = history.of('AttachVolume').filter(mayHaveHappened);
  const detaches = history.of('DetachVolume').filter(mayHaveHappened);
  const rule = 'nothing acknowledged is lost';
  for (const attach of attaches.filter(({ outcome }) => outcome === 'acknowledged')) {
    const place = placeOf(attach.request);
    const undone = detaches.some((each) => each.ended > attach.begun && sameVolume(each, attach));
    const crashed = crashes.some(
      ({ machine, at }) => machine === attach.request.instanceId && at > attach.begun,
    );
    if (!undone && !crashed && !there.has(place)) findings.add(rule, `attachment ${place} is gone`);
  }
  for (const detach of detaches.filter(({ outcome }) => outcome === 'acknowledged')) {
    const place = placeOf(detach.request as Place);
    const redone = attaches.some((each) => each.ended > detach.begun && sameVolume(each, detach));
    if (!redone && there.has(place)) findings.add(rule, `detached, and there: ${place}`);
  }
}

interface Place {
  volumeId: string;
  instanceId: string;
  vmm: string;
  device: string;
}

function placeOf({ volumeId, instanceId, vmm, device }: Place): string {
  return [volumeId, instanceId, vmm, device].join(' ');
}

function sameVolume(a: Pick<Deed, 'request'>, b: Pick<Deed, 'request'>): boolean {
  return (a.request as Place).volumeId === (b.request as Place).volumeId;
}
