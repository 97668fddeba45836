import { mkdtemp, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type CopyOrder, HypervisorError, PauseError } from './driver.js';
import { PausedCopier } from './pausedCopies.js';
import { FakePausingHost } from './testing/fakePausingHost.js';

const MIB = 1024 ** 2;
const SNAPSHOT = 'snap-0123456789abcdef0';
const LONG_MS = 60_000;
const DATA = Buffer.alloc(MIB, 'data');
const NORMALLY = [
  ...['write running', 'pause', 'quiet', 'unpause', 'write done', 'remove'],
] as const;

let folder: string;
let host: FakePausingHost;
let copier: PausedCopier;
let target: string;

const start = () =>
  new PausedCopier(host, {
    ...{ clonePauseMs: 0, maxPauseMs: 2 * LONG_MS, copyBytesPerSecond: MIB, timeoutMs: LONG_MS },
  });

/** A disk of four MiB, of which one is written. */
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'vbs-pause-'));
  host = new FakePausingHost();
  copier = start();
  const file = join(folder, 'vol');
  target = join(folder, 'part');
  await writeFile(file, DATA);
  await writeFile(target, '');
  for (const path of [file, target]) await truncate(path, 4 * MIB);
  host.files.set('xvdb', file);
});
afterEach(() => rm(folder, { recursive: true }));

const order = (maxPauseMs: number | undefined = LONG_MS, other = {}): CopyOrder => ({
  ...{ snapshotId: SNAPSHOT, vm: host.vm ?? fail(), device: 'xvdb', target, maxPauseMs },
  ...other,
});
const fail = (): never => {
  throw new Error('the VM has ended');
};
const only = async () => (await copier.look())[0];
const over = async () => {
  await expect.poll(async () => (await only())?.state).not.toBe('running');
  return only();
};
const isWhole = async () =>
  (await readFile(target)).equals(Buffer.concat([DATA, Buffer.alloc(3 * MIB)]));

test('the VM is paused as long as the file is filled, which is written down before', async () => {
  await copier.start(order());
  expect(await over()).toMatchObject({ state: 'done', bytesDone: 4 * MIB, device: 'xvdb' });
  expect(await isWhole()).toBe(true);
  expect(host.pauses).toBe(0);
  await copier.end(order().vm, SNAPSHOT);
  expect(await copier.look()).toEqual([]);
  await copier.end(order().vm, SNAPSHOT);
  expect(host.steps).toEqual(NORMALLY);
});

describe('a pause that is not allowed', () => {
  test('is refused with how long it would be, and nothing is done', async () => {
    // One MiB takes a second.
    const refusal = await copier.start(order(900)).catch((error) => error);
    expect(refusal).toBeInstanceOf(PauseError);
    expect(refusal.neededMs).toBeGreaterThanOrEqual(1_000);
    await expect(copier.start(order(0))).rejects.toThrow(PauseError);
    await expect(copier.start({ ...order(), maxPauseMs: undefined })).rejects.toThrow(PauseError);
    expect(host.steps).toEqual([]);
    expect(await copier.look()).toEqual([]);
    // It shares nothing, and must not be counted as if it did.
    expect((await stat(target)).mode & 0o1000).toBe(0);
  });

  test('is none where somebody else has paused the VM, which stays so', async () => {
    host.pauses = 1;
    await copier.start(order(0));
    expect(await over()).toMatchObject({ state: 'done' });
    expect(host.pauses).toBe(1);
    expect(host.steps).not.toContain('pause');
  });

  test('ends when it gets too long', async () => {
    host.meanwhile = async (step) => {
      if (step === 'quiet') await delay(3_000);
    };
    await copier.start(order(3_000));
    expect(await over()).toMatchObject({
      state: 'failed',
      message: expect.stringMatching(/longer/),
    });
    expect(host.pauses).toBe(0);
  });
});

test('somebody else’s pause that comes meanwhile stays; going on meanwhile is found out', async () => {
  host.meanwhile = async (step, side) => {
    if (step === 'quiet' && side === 'before') host.pauses += 1;
  };
  await copier.start(order());
  expect(await over()).toMatchObject({ state: 'done' });
  expect(host.pauses).toBe(1);
  await copier.end(order().vm, SNAPSHOT);
  host.pauses = 0;
  host.meanwhile = async (step, side) => {
    if (step === 'quiet' && side === 'after') host.ran += 1;
  };
  await copier.start(order());
  expect(await over()).toMatchObject({ state: 'failed', message: expect.stringMatching(/go on/) });
  expect(host.pauses).toBe(0);
});

test.each(['pause', 'quiet', 'write running'])(
  'a copy that cannot begin (%s) is none, and the VM runs',
  async (trouble) => {
    host.meanwhile = async (step, side) => {
      if (step === trouble && side === 'after') throw new HypervisorError('no answer');
    };
    await expect(copier.start(order())).rejects.toThrow('no answer');
    host.meanwhile = async () => {};
    expect(await only()).toEqual(trouble === 'write running' ? expect.anything() : undefined);
    expect(host.pauses).toBe(0);
  },
);

test('a VM that does not go on at first is let go on by the next look, which says why not', async () => {
  let isInTrouble = true;
  host.meanwhile = async (step) => {
    if (step === 'unpause' && isInTrouble) throw new HypervisorError('no answer');
  };
  await copier.start(order());
  await expect.poll(() => copier.look().catch((error) => error.message)).toMatch(/vm1 is paused/);
  isInTrouble = false;
  expect(await only()).toMatchObject({ state: 'failed' });
  expect(host.pauses).toBe(0);
});

test('the copies of one VM do not disturb each other', async () => {
  const snapshots = [SNAPSHOT, 'snap-0123456789abcdef1'];
  await Promise.all(
    snapshots.map(async (snapshotId) => {
      const part = join(folder, snapshotId);
      await writeFile(part, '');
      await copier.start(order(LONG_MS, { snapshotId, target: part }));
    }),
  );
  await expect
    .poll(async () => (await copier.look()).map(({ state }) => state))
    .toEqual(['done', 'done']);
  expect(host.pauses).toBe(0);
});

test('what fails is told without paths', async () => {
  host.meanwhile = async (step, side) => {
    if (step === 'quiet' && side === 'after') await rm(host.files.get('xvdb') ?? fail());
  };
  await copier.start(order());
  const copy = await over();
  expect(copy).toMatchObject({ state: 'failed', message: expect.stringMatching(/the file/) });
  expect(copy?.message).not.toContain(folder);
  expect(host.pauses).toBe(0);
});

test.each([
  ['ended', () => copier.end(order().vm, SNAPSHOT)],
  ['detached', () => copier.cancel(order().vm, 'xvdb')],
  ['stopped', () => copier.stop()],
])('one that is given up (%s) lets the VM go on first', async (_what, giveUp) => {
  let going: Promise<void> | undefined;
  host.meanwhile = async (step, side) => {
    if (step === 'quiet' && side === 'after') going = giveUp();
  };
  await copier.start(order()).catch(() => {});
  await going;
  expect(host.pauses).toBe(0);
  expect(await copier.look()).toEqual([]);
});

test('what is left of a VM that has ended is forgotten', async () => {
  await copier.start(order());
  await over();
  host.vm = { ...order().vm, id: '2' };
  expect(await copier.look()).toEqual([]);
  expect(host.kept.size).toBe(0);
});

test('wherever its delegate is killed, the VM runs again when the next one looks', async () => {
  const kills = NORMALLY.flatMap((step) => [`before ${step}`, `after ${step}`]);
  for (const kill of kills) {
    host = Object.assign(new FakePausingHost(), { files: host.files });
    const first = start();
    let [isDead, killed] = [false, () => {}];
    const isKilled = new Promise<void>((resolve) => {
      killed = resolve;
    });
    host.meanwhile = async (step, side) => {
      if (`${side} ${step}` !== kill) return;
      isDead = true;
      killed();
      await new Promise(() => {});
    };
    const work = (async () => {
      await first.start(order());
      while ((await first.look())[0]?.state === 'running' && !isDead) await delay(5);
      if (!isDead) await first.end(order().vm, SNAPSHOT);
    })();
    await Promise.race([isKilled, work]);
    host.meanwhile = async () => {};
    copier = start();
    const copy = await only();
    expect({ kill, pauses: host.pauses }).toEqual({ kill, pauses: 0 });
    expect(copy?.state).not.toBe('running');
    if (copy?.state === 'done') expect(await isWhole()).toBe(true);
    await copier.end(order().vm, SNAPSHOT);
    expect(host.kept.size).toBe(0);
  }
});
