import { mkdir, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { HypervisorError, PauseError } from './driver.js';
import { LONG_MS, MIB, PausedDisk, SNAPSHOT } from './testing/pausedDisk.js';

/** What a copy has its host do, until it is ended. */
const NORMALLY = [
  ...['write pausing', 'pause', 'quiet', 'unpause', 'write running', 'write done', 'remove'],
] as const;

let disk: PausedDisk;

beforeEach(async () => {
  disk = await PausedDisk.make();
});
afterEach(() => disk.remove());

test('the VM is paused as long as the file is filled, which is written down before', async () => {
  await disk.copier.start(disk.order());
  expect(await disk.outcome()).toMatchObject({ state: 'done', bytesDone: 4 * MIB, device: 'xvdb' });
  expect(await disk.isCopied()).toBe(true);
  expect(disk.host.pauses).toBe(0);
  await disk.copier.end(disk.vm, SNAPSHOT);
  expect(await disk.copier.look()).toEqual([]);
  await disk.copier.end(disk.vm, SNAPSHOT);
  expect(disk.host.steps).toEqual(NORMALLY);
});

test('while it is made, it is told how much is written', async () => {
  const { PATH } = process.env;
  onTestFinished(() => {
    process.env.PATH = PATH;
  });
  // A cp that waits when it has written something; its arguments end with the two files.
  const go = join(disk.folder, 'go');
  const script = `#!/bin/sh
for target; do true; done
head -c ${MIB} /dev/urandom >"$target"
while [ ! -e ${go} ]; do sleep 0.1; done
exec /usr/bin/cp "$@"
`;
  await mkdir(join(disk.folder, 'bin'));
  await writeFile(join(disk.folder, 'bin/cp'), script, { mode: 0o755 });
  disk.host.meanwhile = async (step, side) => {
    if (step === 'quiet' && side === 'after')
      process.env.PATH = `${join(disk.folder, 'bin')}:${PATH}`;
  };
  await disk.copier.start(disk.order());
  await expect.poll(() => disk.copy()).toMatchObject({ state: 'running', bytesDone: MIB });
  await writeFile(go, '');
  expect(await disk.outcome()).toMatchObject({ state: 'done', bytesDone: 4 * MIB });
  expect(await disk.isCopied()).toBe(true);
});

describe('a pause that is not allowed', () => {
  test('is refused with how long it would be, and nothing is done', async () => {
    // One MiB takes a second.
    const refusal = await disk.copier.start(disk.order(900)).catch((error) => error);
    expect(refusal).toBeInstanceOf(PauseError);
    expect(refusal.neededMs).toBeGreaterThanOrEqual(1_000);
    await expect(disk.copier.start(disk.order(0))).rejects.toThrow(PauseError);
    await expect(disk.copier.start({ ...disk.order(), maxPauseMs: undefined })).rejects.toThrow(
      PauseError,
    );
    expect(disk.host.steps).toEqual([]);
    expect(await disk.copier.look()).toEqual([]);
    // It shares nothing, and must not be counted as if it did.
    expect((await stat(disk.target)).mode & 0o1000).toBe(0);
  });

  test('is none where somebody else has paused the VM, which stays so', async () => {
    disk.host.pauses = 1;
    await disk.copier.start(disk.order(0));
    expect(await disk.outcome()).toMatchObject({ state: 'done' });
    expect(disk.host.pauses).toBe(1);
    expect(disk.host.steps).not.toContain('pause');
  });

  test('ends when it gets too long', async () => {
    disk.host.meanwhile = async (step) => {
      if (step === 'quiet') await delay(3_000);
    };
    await disk.copier.start(disk.order(3_000));
    expect(await disk.outcome()).toMatchObject({
      state: 'failed',
      message: expect.stringMatching(/longer/),
    });
    expect(disk.host.pauses).toBe(0);
  });
});

test('somebody else’s pause that comes meanwhile stays', async () => {
  disk.host.meanwhile = async (step, side) => {
    if (step === 'quiet' && side === 'before') disk.host.pauses += 1;
  };
  await disk.copier.start(disk.order());
  expect(await disk.outcome()).toMatchObject({ state: 'done' });
  expect(disk.host.pauses).toBe(1);
});

test.each(['ran', 'requests'] as const)(
  'going on meanwhile, if only for a moment, is found out (%s)',
  async (count) => {
    disk.host.meanwhile = async (step, side) => {
      if (step === 'quiet' && side === 'after') disk.host[count] += 1;
    };
    await disk.copier.start(disk.order());
    const message = expect.stringMatching(/go on/);
    expect(await disk.outcome()).toMatchObject({ state: 'failed', message });
    expect(disk.host.pauses).toBe(0);
  },
);

test.each(['pause', 'quiet', 'write pausing'])(
  'a copy that cannot begin (%s) is none, and the VM runs',
  async (trouble) => {
    disk.host.meanwhile = async (step, side) => {
      if (step === trouble && side === 'after') throw new HypervisorError('no answer');
    };
    await expect(disk.copier.start(disk.order())).rejects.toThrow('no answer');
    disk.host.meanwhile = async () => {};
    expect(await disk.copy()).toEqual(trouble === 'write pausing' ? expect.anything() : undefined);
    expect(disk.host.pauses).toBe(0);
  },
);

test('a VM that does not go on at first is let go on by the next look, which says why not', async () => {
  let isInTrouble = true;
  disk.host.meanwhile = async (step) => {
    if (step === 'unpause' && isInTrouble) throw new HypervisorError('no answer');
  };
  await disk.copier.start(disk.order());
  await expect
    .poll(() => disk.copier.look().catch((error) => error.message))
    .toMatch(/vm1 is paused/);
  isInTrouble = false;
  expect(await disk.copy()).toMatchObject({ state: 'failed' });
  expect(disk.host.pauses).toBe(0);
});

test('the copies of one VM do not disturb each other', async () => {
  const snapshots = [SNAPSHOT, 'snap-0123456789abcdef1'];
  await Promise.all(
    snapshots.map(async (snapshotId) => {
      const part = join(disk.folder, snapshotId);
      await writeFile(part, '');
      await disk.copier.start(disk.order(LONG_MS, { snapshotId, target: part }));
    }),
  );
  await expect
    .poll(async () => (await disk.copier.look()).map(({ state }) => state))
    .toEqual(['done', 'done']);
  expect(disk.host.pauses).toBe(0);
});

test('what fails is told without paths', async () => {
  disk.host.meanwhile = async (step, side) => {
    if (step === 'quiet' && side === 'after') await rm(disk.file);
  };
  await disk.copier.start(disk.order());
  const copy = await disk.outcome();
  expect(copy).toMatchObject({ state: 'failed', message: expect.stringMatching(/the file/) });
  expect(copy?.message).not.toContain(disk.folder);
  expect(disk.host.pauses).toBe(0);
});

test('what is left of a VM that has ended is forgotten', async () => {
  await disk.copier.start(disk.order());
  await disk.outcome();
  disk.host.vm = { ...disk.vm, id: '2' };
  expect(await disk.copier.look()).toEqual([]);
  expect(disk.host.kept.size).toBe(0);
});

/** Has a delegate make a copy, and end it, until it is killed; and starts the next one. @param kill before or after a step */
async function killed(kill: string): Promise<void> {
  disk.startHost();
  const first = disk.copier;
  let [isDead, die] = [false, () => {}];
  const isKilled = new Promise<void>((resolve) => {
    die = resolve;
  });
  disk.host.meanwhile = async (step, side) => {
    if (`${side} ${step}` !== kill) return;
    isDead = true;
    die();
    await new Promise(() => {});
  };
  const work = (async () => {
    await first.start(disk.order());
    while ((await first.look())[0]?.state === 'running' && !isDead) await delay(5);
    if (!isDead) await first.end(disk.vm, SNAPSHOT);
  })();
  await Promise.race([isKilled, work]);
  expect(isDead).toBe(true);
  disk.host.meanwhile = async () => {};
  disk.startDelegate();
}

test('wherever its delegate is killed, the VM runs again when the next one looks', async () => {
  for (const kill of NORMALLY.flatMap((step) => [`before ${step}`, `after ${step}`])) {
    await killed(kill);
    const copy = await disk.copy();
    expect({ kill, pauses: disk.host.pauses }).toEqual({ kill, pauses: 0 });
    expect(copy?.state).not.toBe('running');
    if (copy?.state === 'done') expect(await disk.isCopied()).toBe(true);
    await disk.copier.end(disk.vm, SNAPSHOT);
    expect(disk.host.kept.size).toBe(0);
  }
});

test('somebody else’s pause, after the VM has gone on, is not taken for that of a killed delegate', async () => {
  for (const kill of ['after write running', 'before write done', 'after write done']) {
    await killed(kill);
    disk.host.pauses += 1;
    await disk.copier.look();
    expect({ kill, pauses: disk.host.pauses }).toEqual({ kill, pauses: 1 });
  }
});
