import { setTimeout as delay } from 'node:timers/promises';
import { isFault, ServiceFault } from '@vbs-lustre/shared/faults';
import { CommandError } from './commandError.js';
import { EXIT } from './exitCodes.js';
import type { LiveLine } from './liveLine.js';
import { NoAnswer } from './noAnswer.js';
import { duration } from './output/units.js';
import { type Filling, ProgressLine } from './progressLine.js';

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 5_000;
const GROWTH = 1.5;
/** A front end that is restarted meanwhile is no reason to give up. */
const PATIENCE_MS = 60_000;
const LINE_MS = 1_000;
const NOT_FOUND = [
  'InvalidVolume.NotFound',
  'InvalidSnapshot.NotFound',
  'InvalidExportTaskID.NotFound',
] as const;

/** What volumes, snapshots and export tasks have in common. */
export interface Made extends Filling {
  status: string;
  statusMessage?: string | undefined;
  /** Of a volume that is, or was, extended. */
  modificationState?: string | undefined;
  targetSizeBytes?: number | undefined;
  modificationMessage?: string | undefined;
  /** Of a snapshot that is, or was, verified. */
  verifyState?: string | undefined;
  verifyMessage?: string | undefined;
}

export interface Waiting<T> {
  id: string;
  /** The answer of the operation that began it. */
  begun: T;
  look(): Promise<T>;
  limitMs: number;
  line: LiveLine;
}

export interface Waited<T> {
  last: T;
  /** Why it is not known to have come to a good end. */
  trouble?: unknown;
}

/** Looks again and again until something is no longer pending, modifying, verifying or active. What was seen last is returned in any case. */
export async function waitFor<T extends Made>(waiting: Waiting<T>): Promise<Waited<T>> {
  const { id, begun, limitMs, line } = waiting;
  const started = performance.now();
  const elapsed = () => performance.now() - started;
  let last = begun;
  const progress = new ProgressLine();
  const show = () =>
    line.show(
      `${id} is ${stateOf(last)} … ${duration(elapsed())}  ${progress.text(filling(last))}`.trimEnd(),
    );
  const timer = setInterval(show, LINE_MS);
  try {
    show();
    for (let pause = FIRST_PAUSE_MS; isUnderWay(last); pause *= GROWTH) {
      const left = limitMs - elapsed();
      if (left <= 0) return { last, trouble: timedOut(id, last, limitMs) };
      await delay(Math.min(pause, LONGEST_PAUSE_MS, left));
      last = await lookPatiently(waiting.look, Math.max(limitMs - elapsed(), 0));
      progress.see(last, elapsed());
    }
    return isGood(last) ? { last } : { last, trouble: failed(id, last) };
  } catch (error) {
    return { last, trouble: isGone(error) ? gone(id, error) : error };
  } finally {
    clearInterval(timer);
    line.clear();
  }
}

async function lookPatiently<T>(look: () => Promise<T>, leftMs: number): Promise<T> {
  const deadline = performance.now() + Math.min(leftMs, PATIENCE_MS);
  for (;;) {
    try {
      return await look();
    } catch (error) {
      if (!passes(error) || performance.now() > deadline) throw error;
      await delay(LINE_MS);
    }
  }
}

function passes(error: unknown): boolean {
  if (error instanceof NoAnswer) return true;
  return (
    error instanceof ServiceFault && ['Unavailable', 'RequestLimitExceeded'].includes(error.code)
  );
}

function isGone(error: unknown): error is ServiceFault {
  return NOT_FOUND.some((code) => isFault(error, code));
}

function gone(id: string, { message }: ServiceFault): CommandError {
  return new CommandError(`${id} is gone: ${message}`, EXIT.failed);
}

/** The word for what is waited for. */
function stateOf({ status, modificationState, verifyState }: Made): string {
  if (verifyState === 'verifying') return verifyState;
  return modificationState === 'modifying' ? modificationState : status;
}

function isUnderWay(made: Made): boolean {
  return ['pending', 'active', 'modifying', 'verifying'].includes(stateOf(made));
}

/** What is written counts up to the new size of what is extended. */
function filling({ sizeBytes, bytesDone, ...made }: Made): Filling {
  const isModifying = made.modificationState === 'modifying';
  return { bytesDone, sizeBytes: (isModifying && made.targetSizeBytes) || sizeBytes };
}

function isThere({ status }: Pick<Made, 'status'>): boolean {
  return ['available', 'in-use', 'completed'].includes(status);
}

function isGood({ status, modificationState, verifyState = 'intact' }: Made): boolean {
  return isThere({ status }) && modificationState !== 'failed' && verifyState === 'intact';
}

function failed(id: string, made: Made): CommandError {
  const { status, statusMessage, modificationState, modificationMessage } = made;
  if (modificationState === 'failed' && status !== 'pending') {
    const why = modificationMessage === undefined ? '' : `: ${modificationMessage}`;
    return new CommandError(`${id} has its old size${why}`, EXIT.failed);
  }
  if (isThere(made) && made.verifyState !== undefined) {
    const what = made.verifyState === 'damaged' ? 'is damaged' : 'could not be verified';
    const why = made.verifyMessage === undefined ? '' : `: ${made.verifyMessage}`;
    return new CommandError(`${id} ${what}${why}`, EXIT.failed);
  }
  const reason = statusMessage === undefined ? '' : `: ${statusMessage}`;
  return new CommandError(
    `${id} is not ${status === 'failed' ? 'completed' : 'available'}: ${status}${reason}`,
    EXIT.failed,
  );
}

function timedOut(id: string, made: Made, limitMs: number): CommandError {
  const sentence = `${id} is still ${stateOf(made)} after ${duration(limitMs)}; it goes on, and describe shows how it ends.`;
  return new CommandError(sentence, EXIT.timedOut);
}
