import { readdir, rename, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { newId } from '@vbs-lustre/shared/ids';
import type { Part } from '@vbs-lustre/shared/partName';
import { CommandError } from '@vbs-lustre/shared/process/commandError';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { openStorage } from './open.js';
import { SpaceLedger } from './space.js';
import { InsufficientSpaceError } from './storage.js';
import { createFakeLustre, type FakeLustre, type FakeLustreState } from './testing/fakeLustre.js';

const FRESH = { blocks: 653376, used: 1392, available: 601808 };
const FULL = { blocks: 653376, used: 594352, available: 8848 };
const MiB = 1024 ** 2;
const LAYOUT = { kind: 'lustre', stripeSize: '4M', stripeCount: 2 } as const;

let lustre: FakeLustre;

beforeEach(async () => {
  lustre = await createFakeLustre();
  vi.stubEnv('FAKE_LUSTRE_STATE', lustre.environment.FAKE_LUSTRE_STATE);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await lustre.remove();
});

async function ledgerOn(state: FakeLustreState, mirrors = 1): Promise<SpaceLedger> {
  const { directory, programs } = lustre;
  await lustre.become(state);
  const settings = { directory, commandTimeoutMs: 10_000 };
  const storage = await openStorage({
    ...settings,
    ...LAYOUT,
    mirrors,
    mostMirrors: mirrors,
    programs,
  });
  return new SpaceLedger(storage, { ...settings, reserveBytes: 0, mostMirrors: mirrors });
}

function partOf(bytes: number): Part {
  return { id: newId('vol'), bytes, orderId: newId('ord') };
}

test('the file system is 75 % free, but the file always falls on the full OST', async () => {
  const osts = [FULL, FRESH, FRESH, FRESH];
  const placements = [
    [0, 1],
    [3, 0],
    [0, 1],
    [2, 0],
    [1, 2],
  ];
  const space = await ledgerOn({ osts, placements });
  await expect(space.reserve(partOf(100 * MiB))).rejects.toThrow(
    new InsufficientSpaceError(
      `${100 * MiB} bytes are wanted and ${2 * 8848 * 1024} bytes can be promised` +
        `; OST 0 has room for ${8848 * 1024} of its ${50 * MiB} bytes`,
    ),
  );
  expect(await readdir(lustre.directory)).toEqual([]);
});

test('a file that falls on the full OST is made anew and accepted elsewhere', async () => {
  const osts = [FULL, FRESH, FRESH, FRESH];
  const space = await ledgerOn({
    osts,
    placements: [
      [0, 1],
      [3, 0],
      [1, 2],
      [0, 1],
    ],
  });
  const name = await space.reserve(partOf(100 * MiB));
  expect(await readdir(lustre.directory)).toEqual([name]);
});

test('without a better choice there is one try only', async () => {
  const osts = [FULL, FULL, FULL, FRESH];
  const placements = [
    [0, 3],
    [2, 3],
  ];
  const space = await ledgerOn({ osts, placements });
  await expect(space.reserve(partOf(100 * MiB))).rejects.toThrow('OST 0 has room for');
  await expect(space.reserve(partOf(100 * MiB))).rejects.toThrow('OST 2 has room for');
});

test('a full pool is refused at the first try, however free the other OSTs are', async () => {
  const space = await ledgerOn({ osts: [FULL, FULL, FRESH, FRESH], pools: { slow: [0, 1] } });
  const layout = { pool: 'slow', stripeCount: 1 };
  // The stand-in goes round: a second try would fall on the other OST.
  for (const ost of [0, 1]) {
    await expect(space.reserve(partOf(100 * MiB), false, layout)).rejects.toThrow(
      new InsufficientSpaceError(
        `${100 * MiB} bytes are wanted and ${8848 * 1024} bytes can be promised` +
          `; OST ${ost} has room for ${8848 * 1024} of its ${100 * MiB} bytes`,
      ),
    );
  }
});

test('a file of a pool is made anew on another OST of it, and what has no pool counts there', async () => {
  const space = await ledgerOn({ pools: { slow: [0, 1] }, placements: [[0]] });
  await space.reserve(partOf(500 * MiB), false, { stripeCount: 1 });
  await space.reserve(partOf(200 * MiB), false, { stripeCount: 1, pool: 'slow' });
  expect((await space.room()).slice(0, 2)).toEqual([
    { id: '0', availableBytes: 601808 * 1024 - 500 * MiB },
    { id: '1', availableBytes: 601808 * 1024 - 200 * MiB },
  ]);
});

test('a file that Lustre puts outside its pool counts where it lies', async () => {
  const osts = [FULL, FULL, FRESH, FRESH];
  const space = await ledgerOn({ osts, pools: { slow: [0, 1] }, placements: [[2, 3]] });
  await space.reserve(partOf(100 * MiB), false, { pool: 'slow' });
});

test('a file on an OST that is down is made anew elsewhere', async () => {
  const osts = [FRESH, { ...FRESH, down: 'told' as const }, FRESH, FRESH];
  const space = await ledgerOn({
    osts,
    placements: [
      [1, 2],
      [2, 3],
    ],
  });
  const name = await space.reserve(partOf(100 * MiB));
  expect(await readdir(lustre.directory)).toEqual([name]);
  await lustre.become({ osts, placements: Array.from({ length: 9 }, () => [0, 1]) });
  await expect(space.reserve(partOf(MiB))).rejects.toThrow('; OST 1 does not answer');
});

test('what another delegate promised counts on its own OSTs only', async () => {
  const placements = [
    [0, 1],
    [2, 3],
    [0, 1],
    [0, 1],
    [0, 1],
    [0, 1],
  ];
  const [one, other] = [await ledgerOn({ placements }), await ledgerOn({ placements })];
  await one.reserve(partOf(1000 * MiB));
  await other.reserve(partOf(1000 * MiB));
  await expect(other.reserve(partOf(176 * MiB))).rejects.toThrow(
    `OST 0 has room for ${601808 * 1024 - 500 * MiB} of its ${88 * MiB} bytes`,
  );
  await other.reserve(partOf(174 * MiB));
});

test('a part whose layout can not be read counts on all OSTs', async () => {
  const placements = [
    [0, 1],
    [2, 3],
  ];
  const one = await ledgerOn({ placements });
  await one.reserve(partOf(1000 * MiB));
  const other = await ledgerOn({ placements });
  const storage = await openUnreadable();
  const doubtful = new SpaceLedger(storage, {
    directory: lustre.directory,
    commandTimeoutMs: 10_000,
    reserveBytes: 0,
  });
  await expect(doubtful.reserve(partOf(800 * MiB))).rejects.toThrow('OST 2 has room for');
  await other.reserve(partOf(800 * MiB));
});

test.each(['setstripe', 'getstripe', 'df'] as const)('lfs %s hangs: refused', async (command) => {
  const space = await ledgerOn({ hang: [command] });
  const error = await space.reserve(partOf(MiB)).catch((thrown) => thrown);
  expect(error).toBeInstanceOf(CommandError);
  expect(error.timedOut).toBe(true);
  expect(await readdir(lustre.directory)).toEqual([]);
});

test('every mirror needs the space of the whole file', async () => {
  const osts = [FRESH, FRESH, FRESH, FULL];
  const space = await ledgerOn({ osts }, 2);
  await expect(space.reserve(partOf(100 * MiB))).rejects.toThrow(
    `${200 * MiB} bytes are wanted and ${4 * 8848 * 1024} bytes can be promised` +
      `; OST 3 has room for ${8848 * 1024} of its ${50 * MiB} bytes`,
  );
  await lustre.become({ osts: [FRESH, FRESH, FRESH, FRESH] });
  await space.reserve(partOf(800 * MiB));
  const [first] = await space.room();
  expect(first?.availableBytes).toBe(601808 * 1024 - 400 * MiB);
});

test('a volume has its space promised for every mirror, until all have it', async () => {
  const space = await ledgerOn({}, 2);
  const part = await space.reserve(partOf(100 * MiB));
  const [volume, bytes] = [join(lustre.directory, newId('vol')), Buffer.alloc(100 * MiB, 1)];
  await writeFile(join(lustre.directory, part), bytes);
  await rename(join(lustre.directory, part), volume);
  // The stand-in's file has the blocks of one mirror: a real one, when it is in step, those of both.
  const promised = 100 * MiB;
  const room = (await space.room()).reduce((sum, { availableBytes }) => sum + availableBytes, 0);
  const { blocks } = await stat(volume);
  const free = 4 * 601808 * 1024;
  expect(free - 2 * blocks * 512 - promised - room).toBeLessThan(MiB);
  expect(room).toBeLessThanOrEqual(free - promised);
});

/** A storage that can tell the layout of new files only. */
async function openUnreadable() {
  const { directory, programs } = lustre;
  const settings = { directory, commandTimeoutMs: 10_000, mirrors: 1, mostMirrors: 1 };
  const storage = await openStorage({ ...settings, ...LAYOUT, programs });
  const unreadable = new CommandError('lfs', [], { stderr: 'No such file or directory' });
  return {
    kind: storage.kind,
    targets: () => storage.targets(),
    createEmpty: (name: string) => storage.createEmpty(name),
    placementOf: () => Promise.reject(unreadable),
  };
}
