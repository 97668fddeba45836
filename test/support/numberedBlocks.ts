import { closeSync, openSync, readSync } from 'node:fs';
import type { LabGuest } from '@vbs-lustre/lab/agent/labGuest';
import { expect } from 'vitest';
import { until } from './testbed.js';

/** Block `n` is written to slot `n % SLOTS`: what the disk is at one moment has the last SLOTS of them, and no gap. */
const SLOTS = 32;
const BLOCK_BYTES = 512;
const RUN_MS = 300_000;
const checksum = (n: number): number => (n * 7919) % 1_000_003;

const slotBytes = (sizeBytes: number): number => sizeBytes / SLOTS;

/** Has a guest write blocks, each put on disk before the next, until it is told to stop. */
export async function writeAlways(guest: LabGuest, disk: string, sizeBytes: number): Promise<void> {
  const slotBlocks = slotBytes(sizeBytes) / BLOCK_BYTES;
  await guest.run(
    `rm -f /tmp/stop; echo 0 >/tmp/count
    (n=0
    while [ ! -e /tmp/stop ]; do
      echo "block $n $((n * 7919 % 1000003))" |
        dd of=/dev/${disk} bs=${BLOCK_BYTES} seek=$((n % ${SLOTS} * ${slotBlocks})) conv=notrunc,sync,fsync
      n=$((n + 1))
      echo $n >/tmp/count.new
      mv /tmp/count.new /tmp/count
    done; touch /tmp/stopped) >/dev/null 2>&1 &`,
    RUN_MS,
  );
  await goesOn(guest, SLOTS);
}

export async function stopWriting(guest: LabGuest): Promise<void> {
  const script = 'touch /tmp/stop; until [ -e /tmp/stopped ]; do sleep 1; done; rm /tmp/stopped';
  await guest.run(script, RUN_MS);
}

/** How many blocks the guest surely has written. */
export async function written(guest: LabGuest): Promise<number> {
  return Number((await guest.run('cat /tmp/count', RUN_MS)).output);
}

/** Returns when the guest has written more than so many. */
export function goesOn(guest: LabGuest, than: number): Promise<boolean> {
  return until('the guest goes on', async () => ((await written(guest)) > than ? true : undefined));
}

/** The numbers in a file's slots, each checked. */
export function blocksOf(path: string, sizeBytes: number): number[] {
  const file = openSync(path, 'r');
  try {
    return Array.from({ length: SLOTS }, (_, slot) => {
      const block = Buffer.alloc(BLOCK_BYTES);
      readSync(file, block, 0, BLOCK_BYTES, slot * slotBytes(sizeBytes));
      const [, n, sum] = /^block (\d+) (\d+)\n\0*$/.exec(block.toString('latin1')) ?? [];
      expect({ n, sum }).toEqual({ n: expect.any(String), sum: String(checksum(Number(n))) });
      expect(Number(n) % SLOTS).toBe(slot);
      return Number(n);
    });
  } finally {
    closeSync(file);
  }
}

/**
 * Every block that the guest had been told is on disk is there, and nothing of a later moment.
 * @param moment how many blocks were written before, and after it
 */
export function expectMoment(numbers: number[], moment: { before: number; after: number }): void {
  const last = Math.max(...numbers);
  expect(last).toBeGreaterThanOrEqual(moment.before - 1);
  expect(last).toBeLessThanOrEqual(moment.after);
  expect(numbers.toSorted((a, b) => a - b)).toEqual(
    Array.from({ length: SLOTS }, (_, index) => last - SLOTS + 1 + index),
  );
}
