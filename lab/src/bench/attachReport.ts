import type { AttachRound } from './attachBench.js';
import { median } from './clock.js';

export function reportAttach(name: string, rounds: readonly AttachRound[]): void {
  const of = (figure: keyof AttachRound): number => median(rounds.map((round) => round[figure]));
  const row = (what: string, bare: number, whole: number): void => {
    const [a, b] = [bare, whole].map((ms) => `${ms.toFixed(0).padStart(8)} ms`);
    const ratio = median(
      what === 'attach'
        ? rounds.map((round) => round.wholeAttach / round.bareAttach)
        : rounds.map((round) => round.wholeDetach / round.bareDetach),
    );
    console.log(`${name.padEnd(8)}${what.padEnd(10)}${a}${b}${ratio.toFixed(2).padStart(9)}`);
  };
  const heads = ['bare', 'service'].map((head) => head.padStart(11));
  console.log(`${''.padEnd(18)}${heads.join('')}${'ratio'.padStart(9)}`);
  row('attach', of('bareAttach'), of('wholeAttach'));
  row('detach', of('bareDetach'), of('wholeDetach'));
}
