import type { Calibration } from './calibrate.js';
import { median } from './clock.js';
import type { Load } from './load.js';

/** Microseconds, but for what {@link Load} has. */
export type Round = Calibration & Omit<Load, 'answers'> & { cpu: number };

export function reportRounds(rounds: readonly Round[]): void {
  const of = (figure: (round: Round) => number): number => median(rounds.map(figure));
  const floor = of(({ verify, sign }) => verify + sign);
  const naive = of(({ naiveVerify, naiveSign }) => naiveVerify + naiveSign);
  const call = of(({ callsPerSecond }) => 1e6 / callsPerSecond);
  const row = (what: string, time: number): void => {
    const ratio = (floor / time).toFixed(2);
    console.log(
      `${what.padEnd(52)}${time.toFixed(0).padStart(7)} µs ${(1e6 / time).toFixed(0).padStart(7)}/s ${ratio.padStart(6)}`,
    );
  };
  console.log(
    `${''.padEnd(52)}${'a call'.padStart(10)} ${'calls'.padStart(9)} ${'floor'.padStart(6)}`,
  );
  row('node:crypto, verify + sign: the floor', floor);
  row('xml-crypto as its README shows it, verify + sign', naive);
  row('the service, over https', call);
  row(
    'the service, by its processor time',
    of(({ cpu }) => cpu),
  );
  const latency = `p50 ${of(({ p50 }) => p50).toFixed(1)} ms, p99 ${of(({ p99 }) => p99).toFixed(1)} ms`;
  console.log(`\nThe service: ${latency}.`);
  console.log(
    `${(floor / call).toFixed(2)} of the floor; ${(naive / call).toFixed(1)} times the naive way.`,
  );
}

/** Where the service's time goes. */
export function reportShares(shares: readonly (readonly [place: string, share: number])[]): void {
  console.log('\nWhere the time of the service goes (in a run of its own, with the profiler on):');
  for (const [place, share] of shares) {
    console.log(`${(share * 100).toFixed(1).padStart(6)} %  ${place}`);
  }
}
