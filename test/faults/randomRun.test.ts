import { expect, it } from 'vitest';
import { RandomRun } from './randomRun.js';

const MINUTES = Number(process.env.FAULTS_MINUTES ?? 2);
/** It decides what clients ask for and what is killed when; chance, and the machine, decide the rest. */
const SEED = Number(process.env.FAULTS_SEED ?? Math.floor(Math.random() * 2 ** 32));

it(`${MINUTES} minutes of everything at once, with seed ${SEED}`, {
  timeout: (MINUTES + 10) * 60_000,
}, async () => {
  console.log(`To repeat: npm run test:faults -- --seed ${SEED} --minutes ${MINUTES}`);
  const run = await RandomRun.prepare(SEED);
  let passed = false;
  try {
    await run.trouble(MINUTES);
    await run.judge();
    console.log(`seed ${SEED}\n\n${run.table}`);
    expect(run.injected.processes).toBeGreaterThan(0);
    expect(run.injected.messages).toBeGreaterThan(0);
    expect(run.world.recorder.looks).toBeGreaterThan(0);
    expect(run.comparisons).toBeGreaterThan(0);
    expect(run.findings.all).toEqual([]);
    passed = true;
  } finally {
    await run.stop(!passed);
  }
});
