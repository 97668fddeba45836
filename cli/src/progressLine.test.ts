import { expect, it } from 'vitest';
import { ProgressLine } from './progressLine.js';

const MIB = 2 ** 20;
const sizeBytes = 1024 * MIB;

/** What is shown after this was seen. */
function shown(...seen: readonly [seconds: number, mib: number | undefined][]): string {
  const line = new ProgressLine();
  let filling = {};
  for (const [seconds, mib] of seen) {
    filling = { bytesDone: mib === undefined ? undefined : mib * MIB };
    line.see({ sizeBytes, ...filling }, seconds * 1000);
  }
  return line.text({ sizeBytes, ...filling });
}

it('shows nothing while nothing is known', () => {
  expect(shown([0, undefined])).toBe('');
});

it('shows a bar, and with two looks the rate and the time left', () => {
  expect(shown([0, 256])).toBe('[######                  ] 25%  256 MiB of 1 GiB');
  expect(shown([0, 256], [4, 512])).toBe(
    '[############            ] 50%  512 MiB of 1 GiB, 64 MiB/s, 8 s left',
  );
});

it('takes the rate of the last news, and counts none twice', () => {
  const fast = Array.from({ length: 6 }, (_, n): [number, number] => [n, 100 * n]);
  const slow = Array.from({ length: 6 }, (_, n): [number, number] => [6 + n, 510 + 10 * n]);
  expect(shown(...fast, ...slow)).toContain('10 MiB/s, 46 s left');
  expect(shown([0, 0], [4, 256], [5, 256], [6, 256])).toContain('64 MiB/s, 12 s left');
});

it('begins anew when another delegate does', () => {
  expect(shown([0, 256], [4, 512], [8, 64])).toBe(
    '[#                       ]  6%  64 MiB of 1 GiB',
  );
});

it('is not complete before it is known to be', () => {
  expect(shown([0, 512], [4, 1024])).toBe(
    '[########################] 99%  1 GiB of 1 GiB, 128 MiB/s, 0 s left',
  );
});
