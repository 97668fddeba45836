import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { HypervisorError, PausedError } from './driver.js';
import { LONG_MS, PausedDisk, SNAPSHOT } from './testing/pausedDisk.js';

/** No test waits so long. */
const HOURS_MS = 24 * 3_600_000;

let disk: PausedDisk;

beforeEach(async () => {
  disk = await PausedDisk.make();
});
afterEach(() => disk.remove());

const GIVEN_UP = [
  ['ended', () => disk.copier.end(disk.vm, SNAPSHOT), undefined],
  ['detached', () => disk.copier.cancel(disk.vm, 'xvdb'), /detached/],
  ['stopped', () => disk.copier.stop(), /stopped/],
] as const;

test.each(GIVEN_UP)('one that is given up before it begins (%s) is none', async (_what, giveUp) => {
  let going: Promise<void> | undefined;
  disk.host.meanwhile = async (step, side) => {
    if (step === 'quiet' && side === 'after') going = giveUp();
  };
  await expect(disk.copier.start(disk.order())).rejects.toThrow(HypervisorError);
  await going;
  expect(disk.host.pauses).toBe(0);
  expect(await disk.copier.look()).toEqual([]);
});

test.each(GIVEN_UP)(
  'one that is given up while the file is filled (%s) lets the VM go on first',
  async (_what, giveUp, message) => {
    disk.hold();
    disk.options.maxPauseMs = HOURS_MS;
    await disk.copier.start(disk.order(HOURS_MS));
    expect(disk.host.pauses).toBe(1);
    await giveUp();
    expect(disk.host.pauses).toBe(0);
    const failed = { state: 'failed', message: expect.stringMatching(message ?? '') };
    expect(await disk.copier.look()).toEqual(message ? [expect.objectContaining(failed)] : []);
  },
);

test('one of a VM that somebody else has paused ends when that one lets it go on', async () => {
  disk.host.pauses = 1;
  disk.hold();
  await disk.copier.start(disk.order());
  disk.host.pauses = 0;
  expect(await disk.outcome()).toMatchObject({
    state: 'failed',
    message: expect.stringMatching(/go on/),
  });
});

describe('while a VM is paused for a copy', () => {
  const other = { snapshotId: 'snap-0123456789abcdef1', device: 'xvdc' };
  beforeEach(async () => {
    disk.hold();
    await disk.copier.start(disk.order());
  });
  afterEach(() => disk.copier.stop());

  test('another one waits for its turn, but not for long', async () => {
    disk.options.timeoutMs = 200;
    await expect(disk.copier.start(disk.order(LONG_MS, other))).rejects.toThrow(
      'not begun in time',
    );
  });

  test('another one can be ended before its turn', async () => {
    const waiting = expect(disk.copier.start(disk.order(LONG_MS, other))).rejects.toThrow(
      'was ended',
    );
    await disk.copier.end(disk.vm, other.snapshotId);
    await waiting;
    expect(await disk.copy()).toMatchObject({ snapshotId: SNAPSHOT, state: 'running' });
  });

  test('whoever needs its guest waits until it goes on, but not for long', async () => {
    await expect(disk.copier.whenGoingOn(disk.vm, 200)).rejects.toThrow(PausedError);
    const waiting = disk.copier.whenGoingOn(disk.vm, LONG_MS);
    await disk.copier.end(disk.vm, SNAPSHOT);
    await waiting;
  });
});
