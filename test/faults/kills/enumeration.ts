import type { Deed, OperationName, Request } from '../support/history.js';
import { Attempts } from './attempts.js';
import type { Lane, Note } from './lane.js';
import { once } from './once.js';
import type { Operation } from './operations.js';
import { idsIn } from './preload/describe.mjs';

/** A step of an operation: the nth of its name in a service. */
export interface Step {
  service: string;
  step: string;
  nth: number;
}

export const SIDES = ['before', 'after'] as const;

/** One failure, and what came of it. */
export interface Kill {
  operation: Operation;
  step: Step;
  side: (typeof SIDES)[number];
  request: Request<OperationName>;
  /** What the client was told, and when it asked again. */
  first?: Deed;
  again?: Deed;
  /** Volumes and snapshots that came into being by it. */
  made: Set<string>;
  /** Whether it never came to the step. */
  isMissed?: boolean;
  /** What is wrong, in words. */
  wrong: string[];
}

/** Front ends first, and what happens early first: what nobody answers any more is looked after meanwhile. */
const KILLED_FIRST = ['vbslustre', 'vmm', 'volume'];

/** Does an operation without any failure. @returns its steps, in the order in which they were taken */
export async function recordSteps(lane: Lane, operation: Operation): Promise<Step[]> {
  const [request] = await operation.prepare(lane, 1);
  await operation.ready?.(lane, request as Request<OperationName>);
  const others = knownIds(lane);
  const own = idsIn(JSON.stringify(request));
  const attempts = new Attempts((since) => lane.notes(since), [...others, ...own]);
  await lane.must(operation.call, request as Request<OperationName>, () => {
    attempts.again();
    return true;
  });
  const { wrong } = await lane.settle();
  if (wrong.length > 0) throw new Error(`${operation.title}: ${wrong.join('; ')}`);
  const steps: Step[] = [];
  for (const { service, step, side } of ofOne(attempts.last(), others, own)) {
    if (side !== 'before' || operation.heldUp?.test(step)) continue;
    const same = steps.filter((each) => each.service === service && each.step === step);
    // Two may clear away at once what is held up, or one: nobody can wait for a second time.
    if (operation.heldUp && same.length > 0) continue;
    steps.push({ service, step, nth: same.length + 1 });
  }
  return steps;
}

/** One failure before each step, and one after it, each with a request of its own. */
export async function planKills(
  lane: Lane,
  operation: Operation,
  steps: readonly Step[],
): Promise<Kill[]> {
  const requests = await operation.prepare(lane, steps.length * SIDES.length);
  return steps
    .flatMap((step) => SIDES.map((side) => ({ step, side })))
    .map((each, index) => ({
      ...{ operation, ...each, made: new Set<string>(), wrong: [] },
      request: once(operation.call, requests[index] as Request<OperationName>),
    }));
}

export function inOrder(kills: readonly Kill[]): Kill[] {
  const rank = ({ step }: Kill) => KILLED_FIRST.findIndex((each) => step.service.startsWith(each));
  return [...kills].sort((a, b) => rank(a) - rank(b));
}

/** Does an operation during which a service is killed, and starts that again. */
export async function carryOut(lane: Lane, kill: Kill, steps: readonly Step[]): Promise<void> {
  const { operation, request, step, side } = kill;
  await operation.ready?.(lane, request);
  const own = idsIn(JSON.stringify(request));
  const others = knownIds(lane).filter((id) => !own.includes(id));
  const attempts = new Attempts((since) => lane.notes(since), [...others, ...own]);
  const name = nameOf(kill);
  lane.arm(step.service, { kill: name, step: step.step, side, nth: step.nth }, others);
  kill.first = await lane.call(operation.call, request, () => {
    if (!lane.isArmed(step.service)) return false;
    attempts.again();
    return true;
  });
  if (!(await lane.revive(step.service))) {
    kill.isMissed = true;
    kill.wrong.push(`${step.service} never came to this step: ${told(kill.first)}`);
    lane.disarm(step.service);
  }
  operation.killed?.(lane);
  const notes = attempts.last();
  const killed = notes.findIndex((note) => note.killed === name);
  const seen = ofOne(notes.slice(0, killed + 1), others, own);
  for (const each of seen) {
    if (isKnown(each, steps) || operation.heldUp?.test(each.step)) continue;
    kill.wrong.push(`an unknown step: ${each.service} ${each.step}`);
  }
  for (const id of attempts.made()) kill.made.add(id);
}

/**
 * All but those at steps that an operation had by chance when it was recorded: somebody stood still, say, and was asked again. Another
 * recording does not have them.
 */
export async function withoutChance(lane: Lane, kills: readonly Kill[]): Promise<Kill[]> {
  const chance = new Set<Kill>();
  const missed = kills.filter(({ isMissed }) => isMissed);
  for (const operation of new Set(missed.map((kill) => kill.operation))) {
    // If something is wrong, all are judged.
    const steps = await recordSteps(lane, operation).catch(() => undefined);
    const isIn = ({ step: { service, step, nth } }: Kill) =>
      steps?.some((each) => each.service === service && each.step === step && each.nth === nth);
    const own = missed.filter((kill) => kill.operation === operation);
    if (steps) for (const kill of own.filter((each) => !isIn(each))) chance.add(kill);
  }
  return kills.filter((kill) => !chance.has(kill));
}

export function nameOf({ operation, step, side }: Kill): string {
  return `${operation.title}: ${side} ${step.service} ${step.step} (${step.nth})`;
}

export function told({ outcome, message }: Pick<Deed, 'outcome' | 'message'>): string {
  return outcome === 'acknowledged' ? 'ok' : `${outcome}: ${message}`;
}

function isKnown({ service, step }: Note, steps: readonly Step[]): boolean {
  return steps.some((each) => each.service === service && each.step === step);
}

/** What was done for one operation. */
function ofOne(notes: readonly Note[], others: readonly string[], own: readonly string[]): Note[] {
  const isOthers = (id: string): boolean => others.includes(id) && !own.includes(id);
  return notes.filter(({ ids = [] }) => ids.some((id) => !isOthers(id)));
}

/** All volumes and snapshots that there ever were. */
function knownIds(lane: Lane): string[] {
  return [...new Set(lane.notes().flatMap(({ ids = [] }) => ids))];
}
