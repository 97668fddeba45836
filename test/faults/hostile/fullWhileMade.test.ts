import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exchangeFolderOf } from '@vbs-lustre/shared/exchange';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Gate } from '../../support/gate.js';
import { Testbed, until } from '../../support/testbed.js';
import { SmallDisk } from './disk.js';
import { expectAlive, expectPeace, type Pids, pidsOf } from './peace.js';

const MIB = 1024 ** 2;
const FAILURE = 'failure : cmd error';
/** XFS makes none smaller than 300 MiB. */
const DISK_MIB = 400;
const SIZE_MIB = 24;
/** A part of what is made still fits. */
const LEFT_MIB = 4;
/** What a file system may take for itself. */
const OWN_BYTES = 2 * MIB;
const DATA = randomBytes(SIZE_MIB * MIB);
/** What gives a file its data is held up; what copies by itself waits behind such a dd. */
const HELD = { dd: 'if=/dev/zero' };
/** So is what gives it its space. */
const HELD_CALLS = new URL(
  '../../../services/volume-delegate/src/files/testing/heldCalls.mjs',
  import.meta.url,
);
const TYPES = { zero: { blank: 'zero' }, reserve: { blank: 'reserve' }, thin: { blank: 'thin' } };

/** Something that is being made. */
interface Making {
  id: string;
  /** How it has ended: `available`, or what its owner is told. */
  ended(): Promise<string>;
  remove(): Promise<unknown>;
}

describe.each(['ext4', 'xfs'] as const)('the volumes on %s', (kind) => {
  let folder: string;
  let disk: SmallDisk;
  let testbed: Testbed;
  let gate: Gate;
  let pids: Pids;
  let volumeId: string;
  let snapshotId: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'vbs-full-'));
    disk = SmallDisk.mountImage(join(folder, 'disk'), kind, DISK_MIB);
    gate = new Gate(folder, HELD);
    testbed = await Testbed.prepare({
      frontEndSettings: { reconcileSeconds: 1 },
      exchange: true,
      volumeDelegates: [
        {
          env: { ...gate.env, NODE_OPTIONS: `--import ${HELD_CALLS}`, VBS_HELD: gate.closed },
          settings: {
            ...{ volumeDirectory: volumes(), exchangeDirectory: exchange() },
            ...{ maxJobs: 1, reserveMiB: 0, volumeTypes: TYPES },
          },
        },
      ],
      vmmDelegates: [],
    });
    for (const each of [volumes(), exchange()]) mkdirSync(each, { mode: 0o700 });
    await testbed.deployment.start();
    pids = pidsOf(testbed);
    const own = join(exchange(), exchangeFolderOf('CN=alice,OU=users,O=VBS-Lustre'));
    mkdirSync(own);
    writeFileSync(join(own, 'disk.img'), DATA);
    volumeId = await testbed.volume(SIZE_MIB);
    writeFileSync(join(volumes(), volumeId), DATA, { flag: 'r+', flush: true });
    snapshotId = (await testbed.alice.CreateSnapshot({ volumeId })).snapshotId;
    expect(await snapshotEnded(snapshotId)).toBe('available');
  });

  afterAll(async () => {
    gate?.open();
    await testbed?.deployment.stop();
    disk?.unmount();
    await testbed?.stop();
    if (folder) rmSync(folder, { recursive: true });
  });

  const volumes = () => join(disk.path, 'volumes');
  const exchange = () => join(disk.path, 'exchange');
  const names = () => readdirSync(volumes()).sort();

  async function volumeEnded(id: string): Promise<string> {
    const { status, statusMessage = '' } = await testbed.settled(id);
    return status === FAILURE ? statusMessage : status;
  }

  async function snapshotEnded(id: string): Promise<string> {
    const { status, statusMessage = '' } = await until(`${id} has ended`, async () => {
      const snapshot = await testbed.alice.DescribeSnapshot({ snapshotId: id });
      return snapshot.status === 'pending' ? undefined : snapshot;
    });
    return status === FAILURE ? statusMessage : status;
  }

  async function volume(answer: Promise<{ volumeId: string }>): Promise<Making> {
    const { volumeId: id } = await answer;
    const remove = () => testbed.alice.DeleteVolume({ volumeId: id });
    return { id, ended: () => volumeEnded(id), remove };
  }

  async function snapshot(): Promise<Making> {
    const { snapshotId: id } = await testbed.alice.CreateSnapshot({ volumeId });
    const remove = () => testbed.alice.DeleteSnapshot({ snapshotId: id });
    return { id, ended: () => snapshotEnded(id), remove };
  }

  const blank = (volumeType: string) =>
    volume(testbed.alice.CreateVolume({ volumeType, sizeMiB: SIZE_MIB }));
  /** Larger than its snapshot: what is beyond that needs space where nothing else does. */
  const copy = (volumeType: string) =>
    volume(testbed.alice.CreateVolume({ volumeType, snapshotId, sizeMiB: 2 * SIZE_MIB }));

  /** How each is made, and whether it needs space for that: what shares its blocks, or has none yet, does not. */
  const MAKINGS: readonly (readonly [
    what: string,
    begin: () => Promise<Making>,
    needs: boolean,
  ])[] = [
    ['an empty volume that is written', () => blank('zero'), true],
    ['an empty volume whose space is set aside', () => blank('reserve'), true],
    ['a thin volume', () => blank('thin'), false],
    ['a volume of a snapshot that is written', () => copy('zero'), true],
    ['a volume of a snapshot whose space is set aside', () => copy('reserve'), true],
    ['a thin volume of a snapshot', () => copy('thin'), kind === 'ext4'],
    ['a snapshot', snapshot, kind === 'ext4'],
    [
      'an imported volume',
      () => volume(testbed.alice.ImportVolume({ fileName: 'disk.img' })),
      true,
    ],
  ];

  /** Orders something, and has the disk full before the work on that begins. */
  async function whileFull<T>(begin: () => Promise<T>): Promise<T> {
    gate.close();
    const { volumeId: first } = await testbed.alice.CreateVolume({
      sizeMiB: 1,
      volumeType: 'zero',
    });
    await gate.arrived(first);
    const begun = await begin();
    disk.fillBut(LEFT_MIB);
    gate.open();
    await testbed.settled(first);
    await testbed.alice.DeleteVolume({ volumeId: first });
    return begun;
  }

  async function isFreeAgain(bytes: number): Promise<void> {
    await until('its space is free again', async () =>
      disk.freeBytes >= bytes - OWN_BYTES ? true : undefined,
    );
  }

  it.each(MAKINGS)('become full while there is made: %s', async (_what, begin, needs) => {
    const before = { names: names(), free: disk.freeBytes };
    const making = await whileFull(begin);
    const ended = await making.ended();
    expect(ended).toMatch(needs ? /No space left on device$/i : /^available$/);
    expect(names()).toEqual(needs ? before.names : [...before.names, making.id].sort());
    await expect(begin()).rejects.toMatchObject({ code: 'InsufficientVolumeCapacity' });
    await making.remove();
    disk.free();
    await isFreeAgain(before.free);

    const again = await begin();
    expect(await again.ended()).toBe('available');
    await again.remove();
    await until('nothing is left', async () =>
      names().length === before.names.length ? true : undefined,
    );
    await isFreeAgain(before.free);
    expectAlive(testbed, pids);
  });

  it('become full while a volume is extended, which keeps its size and its data', async () => {
    const before = disk.freeBytes;
    const extend = () => testbed.alice.ModifyVolume({ volumeId, sizeMiB: 2 * SIZE_MIB });
    await whileFull(extend);
    expect(await testbed.settled(volumeId)).toMatchObject({
      ...{ status: 'available', modificationState: 'failed', sizeBytes: SIZE_MIB * MIB },
      modificationMessage: expect.stringMatching(/No space left on device$/i),
    });
    expect(names()).toEqual([volumeId, snapshotId].sort());
    expect(readFileSync(join(volumes(), volumeId)).equals(DATA)).toBe(true);
    await expect(extend()).rejects.toMatchObject({ code: 'InsufficientVolumeCapacity' });
    disk.free();
    await isFreeAgain(before);
    await extend();
    expect(await testbed.settled(volumeId)).toMatchObject({ modificationState: 'completed' });
  });

  it('are full, and a snapshot gets a second name, which takes no space', async () => {
    disk.fillBut(LEFT_MIB);
    const link = await volume(testbed.alice.CreateVolume({ snapshotId, readOnly: true }));
    expect(await link.ended()).toBe('available');
    expect(readFileSync(join(volumes(), link.id)).equals(DATA)).toBe(true);
    await link.remove();
    disk.free();
  });

  it('leave nothing behind', async () => {
    await testbed.alice.DeleteSnapshot({ snapshotId });
    await testbed.alice.DeleteVolume({ volumeId });
    await expectPeace(testbed, pids);
    expect(names()).toEqual([]);
  });
});
