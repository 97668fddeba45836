import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { exchangeFolderOf } from '@vbs-lustre/shared/exchange';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Testbed, until } from '../../support/testbed.js';
import { FailingDevice } from './failingDevice.js';
import { expectAlive, expectPeace, type Pids, pidsOf } from './peace.js';

const FAILURE = 'failure : cmd error';
const SIZE_MIB = 8;
/** Of zeroes, nothing would have to be read. */
const DATA = randomBytes(SIZE_MIB * 1024 ** 2);

/** What is made of something: what is told of it in the end, and how it is deleted. */
interface Making {
  id: string;
  ended(): Promise<{ status: string }>;
  remove(): Promise<unknown>;
}

/** A source alone is on a device that fails: all that is written could be, also if what cannot be read were taken for zeroes. */
describe.each([
  ['qemu-img', {}],
  ['cp', { qemuImg: 'no-such-program' }],
])('where %s copies what cannot be read', (program, settings) => {
  let elsewhere: string;
  let testbed: Testbed;
  let device: FailingDevice;
  let pids: Pids;
  let volumeId: string;
  let snapshotId: string;
  let sources: string[];

  beforeAll(async () => {
    elsewhere = mkdtempSync(join(tmpdir(), 'vbs-unreadable-'));
    testbed = await Testbed.prepare({
      frontEndSettings: { reconcileSeconds: 1 },
      exchange: true,
      volumeDelegates: [
        { settings: { blank: 'thin', volumeTypes: { written: { blank: 'zero' } }, ...settings } },
      ],
      vmmDelegates: [],
    });
    device = FailingDevice.mount(join(elsewhere, 'device'), join(elsewhere, 'images'), 96);
    await testbed.deployment.start();
    pids = pidsOf(testbed);
    volumeId = await testbed.volume(SIZE_MIB);
    writeFileSync(pathOf(volumeId), DATA, { flag: 'r+', flush: true });
    const made = await snapshot();
    snapshotId = made.id;
    expect(await made.ended()).toMatchObject({ status: 'available' });
    const { exchange } = testbed.deployment.layout;
    const folder = join(exchange, exchangeFolderOf('CN=alice,OU=users,O=VBS-Lustre'));
    mkdirSync(folder);
    sources = [pathOf(volumeId), pathOf(snapshotId), join(folder, 'disk.img')];
    writeFileSync(join(folder, 'disk.img'), DATA);
    for (const each of sources) device.mountOver(each);
  });

  afterEach(() => device.recover());

  afterAll(async () => {
    await testbed?.deployment.stop();
    device?.remove();
    await testbed?.stop();
    if (elsewhere) rmSync(elsewhere, { recursive: true });
  });

  const pathOf = (id: string) => join(testbed.deployment.layout.volumes, id);

  async function snapshot(): Promise<Making> {
    const { alice } = testbed;
    const { snapshotId: id } = await alice.CreateSnapshot({ volumeId });
    const ended = () =>
      until(`${id} has ended`, async () => {
        const found = await alice.DescribeSnapshot({ snapshotId: id });
        return found.status === 'pending' ? undefined : found;
      });
    return { id, ended, remove: () => alice.DeleteSnapshot({ snapshotId: id }) };
  }

  async function volume(answer: Promise<{ volumeId: string }>): Promise<Making> {
    const { volumeId: id } = await answer;
    const remove = () => testbed.alice.DeleteVolume({ volumeId: id });
    return { id, ended: () => testbed.settled(id), remove };
  }

  const copy = (volumeType?: string) =>
    volume(testbed.alice.CreateVolume({ snapshotId, ...(volumeType && { volumeType }) }));

  /** How each is made, and what reads the source. */
  const MAKINGS: readonly (readonly [what: string, begin: () => Promise<Making>, by: string])[] = [
    ['a snapshot', snapshot, program],
    ['a volume of a snapshot', () => copy(), program],
    ['a volume of a snapshot that is written', () => copy('written'), 'dd'],
    [
      'an imported volume',
      () => volume(testbed.alice.ImportVolume({ fileName: 'disk.img' })),
      'node',
    ],
  ];

  it.each(MAKINGS)('%s fails, and holds the data when that can be read', async (_, begin, by) => {
    const files = await testbed.files();
    device.fail();
    for (const each of sources) expect(() => readFileSync(each)).toThrow(/^EIO/);
    const failed = await begin();
    expect(await failed.ended()).toMatchObject({
      status: FAILURE,
      statusMessage: expect.stringMatching(new RegExp(`^${by}: .*(EIO|Input/output error)`)),
    });
    expect(await testbed.files()).toEqual(files);
    await failed.remove();

    device.recover();
    const again = await begin();
    expect(await again.ended()).toMatchObject({ status: 'available' });
    expect(readFileSync(pathOf(again.id)).equals(DATA)).toBe(true);
    await again.remove();
    expectAlive(testbed, pids);
  });

  it('nothing is left behind', async () => {
    device.giveBack();
    await testbed.alice.DeleteSnapshot({ snapshotId });
    await testbed.alice.DeleteVolume({ volumeId });
    await expectPeace(testbed, pids);
    expect(await testbed.files()).toEqual([]);
  });
});
