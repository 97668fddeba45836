import { type AttachRound, STEPS } from './attachBench.js';
import { median } from './clock.js';

const NAMES = { attach: 'attach', seen: 'until the guest sees it', detach: 'detach' };

/** Medians: of the times, and of the rounds' ratios. */
export function reportAttach(name: string, rounds: readonly AttachRound[]): void {
  const heads = ['bare', 'service', 'more'].map((head) => head.padStart(11));
  console.log(`${''.padEnd(32)}${heads.join('')}${'ratio'.padStart(9)}`);
  for (const step of STEPS) {
    const measured = rounds.map((round) => round[step]);
    const bare = median(measured.map((each) => each.bare));
    const whole = median(measured.map((each) => each.whole));
    const ratio = median(measured.map((each) => each.whole / each.bare));
    const times = [bare, whole, whole - bare].map((ms) => `${ms.toFixed(0).padStart(8)} ms`);
    const what = `${name.padEnd(8)}${NAMES[step].padEnd(24)}`;
    console.log(`${what}${times.join('')}${ratio.toFixed(2).padStart(9)}`);
  }
}
