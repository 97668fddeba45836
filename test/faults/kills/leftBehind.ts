import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CLAIMS_FOLDER, parseClaimName } from '@vbs-lustre/shared/claims';
import type { Ledger } from '../verdicts/ledger.js';

const ASIDE = '.aside';

/** Where the hosts' claims and the attachments contradict each other, what was set aside, and what has failed, in words. */
export function leftBehind({ volumes, snapshots, exports }: Ledger, folder: string): string[] {
  const claims = namesIn(join(folder, CLAIMS_FOLDER)).map((name) => {
    const claim = parseClaimName(name);
    return claim ? [claim.volumeId, claim.host, claim.device, claim.mode].join(' ') : name;
  });
  const attachments = volumes
    .flatMap(({ attachmentSet }) => attachmentSet.item)
    .map((each) => [each.volumeId, each.vmm, each.device, each.attachMode].join(' '));
  const failed = [
    ...volumes.map((each) => ({ ...each, id: each.volumeId })),
    ...snapshots.map((each) => ({ ...each, id: each.snapshotId })),
    ...exports.map((each) => ({ ...each, id: each.exportTaskId, status: each.state })),
  ].filter(({ status }) => status.startsWith('fail'));
  return [
    ...without(claims, attachments).map((each) => `claim without attachment: ${each}`),
    ...without(attachments, claims).map((each) => `attachment without claim: ${each}`),
    ...namesIn(join(folder, ASIDE)).map((name) => `set aside: ${name}`),
    ...failed.map(({ id, status, statusMessage }) => `${id} is ${status}: ${statusMessage}`),
  ];
}

/** Orders that a Volume Delegate has not finished, or of which it could not tell the end, in words. @param folder where it keeps its state */
export function unreported(folder: string): string[] {
  const jobs = join(folder, 'jobs');
  return namesIn(jobs).flatMap((name) => {
    const job = name.endsWith('.json') ? readIfThere(join(jobs, name)) : undefined;
    if (job === undefined) return [];
    const { order, state, reported } = JSON.parse(job);
    return reported ? [] : [`${order.id}: an order is ${state} and not reported`];
  });
}

/** Undefined if it was removed meanwhile, as the record of an order that is withdrawn. */
function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}

/** Those of some that others do not have as often. */
function without(some: readonly string[], others: readonly string[]): string[] {
  const left = [...others];
  return some.filter((each) => {
    const index = left.indexOf(each);
    if (index >= 0) left.splice(index, 1);
    return index < 0;
  });
}

function namesIn(folder: string): string[] {
  return existsSync(folder) ? readdirSync(folder) : [];
}
