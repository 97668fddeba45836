import { expect } from 'vitest';
import type { Machine } from '../support/world.js';
import type { Kill, Step } from './enumeration.js';
import { Lane, type LaneOptions } from './lane.js';
import type { Operation } from './operations.js';
import { broken, removeEverything, runRound } from './round.js';

export interface LanePlan extends LaneOptions {
  machines: readonly Machine[];
  /** One after the other. */
  rounds: readonly (readonly Operation[] | ((lane: Lane) => Promise<void>))[];
  /** Of which steps services are killed; all if absent. */
  isWanted?: (step: Step) => boolean;
}

/**
 * A deployment in which round after round is done. Nothing may be broken by it, and nothing be left.
 * @param kills gets all of them
 */
export async function runLane(
  { machines, rounds, isWanted, ...options }: LanePlan,
  kills: Kill[],
): Promise<void> {
  const lane = await Lane.start(machines, options);
  const own: Kill[] = [];
  const nobodys: string[] = [];
  let passed = false;
  try {
    for (const round of rounds) {
      if (typeof round === 'function') {
        await round(lane);
        continue;
      }
      const ended = await runRound(lane, round, isWanted);
      own.push(...ended.kills);
      kills.push(...ended.kills);
      nobodys.push(...ended.nobodys);
    }
    const left = await removeEverything(lane);
    expect(own.length).toBeGreaterThan(0);
    const wrong = [...broken(own), ...nobodys, ...left];
    expect(wrong, wrong.join('\n')).toEqual([]);
    expect(lane.recorder.holds.conflicts).toEqual([]);
    passed = true;
  } finally {
    await lane.stop(!passed);
  }
}
