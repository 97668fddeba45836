import { median, quantile } from './clock.js';

/** What is above the figures of rows. */
export function heads(...names: string[]): void {
  console.log(`${''.padEnd(28)}${names.map((name) => name.padStart(10)).join('')}`);
}

/** Prints medians: of the times, and of the rounds' ratios. @param dd how long that took */
export function row(
  what: string,
  bare: readonly number[],
  whole: readonly number[],
  dd?: readonly number[],
): void {
  const [program, service] = [median(bare), median(whole)];
  const times = [program, service, quantile(whole, 0.95), service - program];
  const ratio = (over: readonly number[], under: readonly number[]) =>
    median(over.map((each, round) => each / (under[round] ?? Number.NaN)));
  const ratios = [ratio(whole, bare), ...(dd ? [ratio(dd, whole)] : [])];
  const figures = [
    ...times.map((each) => each.toFixed(0)),
    ...ratios.map((each) => each.toFixed(2)),
  ];
  console.log(`${what.padEnd(28)}${figures.map((each) => each.padStart(10)).join('')}`);
}
