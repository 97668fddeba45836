import { setTimeout as delay } from 'node:timers/promises';
import type { Attack, Shot } from './attack.js';
import type { Target } from './target.js';
import { fire, type Outcome, type Wire } from './wire.js';

/** A message of more than this costs as much as a hundred others: it comes in one round of twenty. */
const HEAVY_BYTES = 64 * 1024;
const HEAVY_EVERY = 20;

/** Each attack once in a round. They are made beforehand: it is not the attacker who is measured. */
export function floodOf(attacks: readonly Attack[], target: Target, count: number): Shot[] {
  const shots = attacks
    .filter(({ verdict }) => verdict !== 'as signed')
    .map((attack) => attack.shot(target.good(attack.good), target.world));
  const light = shots.filter(
    ({ body = '' }) => typeof body !== 'function' && body.length < HEAVY_BYTES,
  );
  const flood: Shot[] = [];
  for (let round = 0; flood.length < count; round++) {
    flood.push(...(round % HEAVY_EVERY === 0 ? shots : light));
  }
  return flood.slice(0, count);
}

/** Sends all of it, by so many senders at once. */
export async function pourOut(
  wire: Wire,
  shots: readonly Shot[],
  senders: number,
  seen: (outcome: Outcome, index: number) => void,
): Promise<void> {
  let next = 0;
  const send = async (): Promise<void> => {
    while (next < shots.length) {
      const index = next++;
      seen(await fire(wire, shots[index] as Shot), index);
    }
  };
  await Promise.all(Array.from({ length: senders }, send));
}

/** Two users call again and again while something lasts. @returns how long each call took, in ms */
export async function meanwhile(
  last: () => Promise<void>,
  call: () => Promise<void>,
): Promise<number[]> {
  const times: number[] = [];
  let isOver = false;
  const user = async (): Promise<void> => {
    while (!isOver) {
      const started = performance.now();
      await call();
      times.push(performance.now() - started);
      await delay(5);
    }
  };
  const flooding = last().finally(() => {
    isOver = true;
  });
  await Promise.all([flooding, user(), user()]);
  return times;
}

/** The time that so many of a hundred stay below, in whole ms. */
export function percentile(times: readonly number[], percent: number): number {
  const sorted = [...times].sort((a, b) => a - b);
  return Math.round(sorted[Math.ceil((sorted.length * percent) / 100) - 1] ?? Number.NaN);
}
