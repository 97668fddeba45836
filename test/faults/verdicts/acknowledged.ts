import type { Findings } from '../support/findings.js';
import { type Deed, type History, mayHaveHappened } from '../support/history.js';

type IdOf = (request: object) => string | undefined;

const volumeOf: IdOf = (request) => (request as { volumeId?: string }).volumeId;
const snapshotOf: IdOf = (request) => (request as { snapshotId?: string }).snapshotId;

/** What clients were told, held against what they had been told before. */
export function judgeHistory(history: History, findings: Findings): void {
  const volumes = lifeOf(history, 'DeleteVolume', volumeOf);
  const snapshots = lifeOf(history, 'DeleteSnapshot', snapshotOf);
  const made = creators(history);
  for (const deed of history.deeds) {
    const isSnapshot = deed.operation.includes('Snapshot') && deed.operation !== 'CreateSnapshot';
    const id = (isSnapshot ? snapshotOf : volumeOf)(deed.request);
    if (id === undefined || made.get(id) !== userOf(deed)) continue;
    const { firstDeletion, deleted } = (isSnapshot ? snapshots : volumes)(id);
    const notFound = deed.outcome === `Invalid${isSnapshot ? 'Snapshot' : 'Volume'}.NotFound`;
    if (notFound && deed.ended < firstDeletion) {
      findings.add('nothing acknowledged is lost', `${told(deed)}, and nobody had deleted ${id}`);
    }
    if (deed.begun > deleted && livesOn(deed) && !isRetry(history, deed, deleted)) {
      findings.add('what was deleted stays deleted', `${told(deed)} after its deletion`);
    }
  }
  judgeFailures(history, findings);
}

/**
 * Nothing here breaks a command: not one may have failed. What a machine writes can't be copied to the end when that machine
 * crashes, or the volume is taken from it.
 */
function judgeFailures(history: History, findings: Findings): void {
  const failed = new Map<string, string>();
  for (const { answer } of [...history.of('DescribeVolume'), ...history.of('DescribeSnapshot')]) {
    if (!answer?.status.startsWith('failure')) continue;
    if ('consistency' in answer && answer.consistency === 'crash-consistent') continue;
    const id = 'attachmentSet' in answer ? answer.volumeId : answer.snapshotId;
    failed.set(id, `${id}: ${answer.status}: ${answer.statusMessage}`);
  }
  findings.addAll('no file operation failed', [...failed.values()]);
}

/** Whether it asks again, with its client token, for what was asked for before: it is told what that has made. */
function isRetry(history: History, { operation, request }: Deed, before: number): boolean {
  const { clientToken } = request as { clientToken?: string };
  return history.deeds.some(
    (each) =>
      each.operation === operation &&
      each.begun < before &&
      (each.request as { clientToken?: string }).clientToken === clientToken &&
      clientToken !== undefined,
  );
}

/** When the first request to delete was sent, and when one was acknowledged. */
function lifeOf(history: History, operation: 'DeleteVolume' | 'DeleteSnapshot', idOf: IdOf) {
  const firsts = new Map<string, number>();
  const ends = new Map<string, number>();
  for (const deed of history.of(operation)) {
    const id = idOf(deed.request) as string;
    if (!mayHaveHappened(deed)) continue;
    firsts.set(id, Math.min(deed.begun, firsts.get(id) ?? Number.POSITIVE_INFINITY));
    if (deed.outcome !== 'acknowledged') continue;
    ends.set(id, Math.min(deed.ended, ends.get(id) ?? Number.POSITIVE_INFINITY));
  }
  return (id: string) => ({
    firstDeletion: firsts.get(id) ?? Number.POSITIVE_INFINITY,
    deleted: ends.get(id) ?? Number.POSITIVE_INFINITY,
  });
}

/** By the id of a volume or snapshot, the user who was told of it first. */
function creators(history: History): Map<string, string> {
  const made = new Map<string, string>();
  for (const deed of history.of('CreateVolume')) {
    if (deed.answer) made.set(deed.answer.volumeId, userOf(deed));
  }
  for (const deed of history.of('CreateSnapshot')) {
    if (deed.answer) made.set(deed.answer.snapshotId, userOf(deed));
  }
  return made;
}

/** Clients are named by their user and a number. */
function userOf({ client }: Pick<Deed, 'client'>): string {
  return client.split('.')[0] as string;
}

/** Whether this answer says that the thing is still there, and not on its way out. */
function livesOn({ operation, outcome, answer }: Deed): boolean {
  if (outcome !== 'acknowledged' || operation.startsWith('Delete')) return false;
  if (!operation.startsWith('Describe')) return true;
  return (answer as { status?: string } | undefined)?.status !== 'deleting';
}

function told({ client, operation, request, outcome, answer }: Deed): string {
  const status = (answer as { status?: string } | undefined)?.status ?? '';
  return `${client} ${operation} ${JSON.stringify(request)} → ${outcome} ${status}`;
}
