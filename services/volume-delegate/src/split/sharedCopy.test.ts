import { randomBytes } from 'node:crypto';
import { appendFile, open, readdir, readFile, truncate, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ServiceFault } from '@vbs-lustre/shared/faults';
import { newId } from '@vbs-lustre/shared/ids';
import { partName } from '@vbs-lustre/shared/partName';
import type { vbslustre } from '@vbs-lustre/wsdl';
import pLimit from 'p-limit';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Copier } from '../jobs/copier.js';
import { Pace } from '../jobs/pace.js';
import { COMMAND_TIMEOUT_MS, log, MIB, makeFolders } from '../jobs/testing/delegate.js';
import { VolumeFiles } from '../jobs/volumeFiles.js';
import { runIn } from '../runIn.js';
import { Help, HelpLostError } from './help.js';
import { rangesOf } from './ranges.js';
import { RangeWork } from './rangeWork.js';
import { SharedCopy } from './sharedCopy.js';
import { FakeFrontEnd } from './testing/relay.js';

const SIZE = 40 * MIB;
const RANGE = 4 * MIB;

let folders: Awaited<ReturnType<typeof makeFolders>>;
let files: VolumeFiles;
let helpers: Map<string, RangeWork>;
let frontEnd: FakeFrontEnd;
let source: string;
let part: string;

beforeEach(async () => {
  folders = await makeFolders();
  files = new VolumeFiles(folders.directory, COMMAND_TIMEOUT_MS);
  helpers = new Map(['b', 'c'].map((name) => [name, helper()]));
  frontEnd = new FakeFrontEnd(helpers);
  source = newId('snap');
  part = partName({ id: newId('vol'), bytes: SIZE, orderId: newId('ord') });
  await writeFile(pathOf(part), '');
  const file = await open(pathOf(source), 'w');
  await file.truncate(SIZE);
  // Something in every range but for the second one, and at both ends.
  for (let at = 0; at < SIZE; at += 2 * RANGE) await file.write(randomBytes(MIB), 0, MIB, at);
  await file.write(randomBytes(MIB), 0, MIB, SIZE - MIB);
  await file.close();
});
afterEach(async () => {
  for (const each of helpers.values()) await each.stop();
  await folders.remove();
});

const pathOf = (name: string) => join(folders.directory, name);
const run = () => runIn(folders.directory, COMMAND_TIMEOUT_MS);

function helper({ isBusy = false, isDraining = false, program = 'qemu-img' } = {}): RangeWork {
  const copier = new Copier(files, run(), new Pace(), program);
  const lane = pLimit(1);
  if (isBusy) void lane(() => new Promise(() => undefined));
  return new RangeWork(copier, lane, () => isDraining, log);
}

/** All that is to be copied. */
const whole = () => ({
  ...{ source, part, range: { from: 0, to: SIZE }, onBytes: (_done: number): void => undefined },
  signal: new AbortController().signal,
});

/** The same life, whose programs fail. */
function failing(name: string): RangeWork {
  const { worker } = helpers.get(name) as RangeWork;
  return Object.defineProperty(helper({ program: 'false' }), 'worker', { value: worker });
}

/** Makes the copy, as the delegate that has the order does. */
async function copy({ patienceMs = 100, signal = whole().signal, more = 0 } = {}) {
  const help = new Help([frontEnd.client], log, patienceMs);
  const shared = new SharedCopy(files, help, RANGE, log);
  const copier = new Copier(files, run(), new Pace(), 'qemu-img', shared);
  const sizes = { sourceSize: SIZE + more, sizeBytes: SIZE + more };
  await copier.copy({ source, part, ...sizes, isReserved: true, signal });
}

async function expectCopied(): Promise<void> {
  expect((await readFile(pathOf(part))).equals(await readFile(pathOf(source)))).toBe(true);
  expect((await readdir(folders.directory)).sort()).toEqual([part, source].sort());
}

/** Who has copied which ranges. */
function taken(delegate: string): number[] {
  const asked = frontEnd.received.filter((each) => each.delegate === delegate && !each.end);
  return [...new Set(asked.flatMap(({ from }) => from ?? []))];
}

test('a file is cut into whole stripes', () => {
  expect(rangesOf(10 * MIB, 1)).toEqual([
    { from: 0, to: 4 * MIB },
    { from: 4 * MIB, to: 8 * MIB },
    { from: 8 * MIB, to: 10 * MIB },
  ]);
  expect(rangesOf(8 * MIB, 5 * MIB)).toEqual([{ from: 0, to: 8 * MIB }]);
  expect(rangesOf(0, MIB)).toEqual([]);
});

test('all help, each with ranges of its own, until everything is there', async () => {
  await copy();
  await expectCopied();
  const [b, c] = [taken('b'), taken('c')];
  expect(b.filter((from) => c.includes(from))).toEqual([]);
  expect(frontEnd.received.filter(({ end }) => end).length).toBeLessThanOrEqual(2);
});

test('what is beyond the last whole block is there as well', async () => {
  await appendFile(pathOf(source), randomBytes(1000));
  await copy({ more: 1000 });
  await expectCopied();
});

test('others help with what is left, while the first one is at work', async () => {
  let own: (() => void) | undefined;
  const held = new Promise<void>((resolve) => {
    own = resolve;
  });
  const help = new Help([frontEnd.client], log);
  const shared = new SharedCopy(files, help, RANGE, log);
  await truncate(pathOf(part), SIZE);
  const copier = new Copier(files, run(), new Pace(), 'qemu-img');
  const ofOwn: number[] = [];
  const bytes: number[] = [];
  const copying = shared.copy({ ...whole(), onBytes: (done) => bytes.push(done) }, async (each) => {
    ofOwn.push(each.range.from);
    if (ofOwn.length === 1) await held;
    await copier.copyRange(each);
  });
  while (new Set([...taken('b'), ...taken('c')]).size < 9) await new Promise(setImmediate);
  own?.();
  expect(await copying).toBe(true);
  await expectCopied();
  expect(ofOwn).toEqual([0]);
  expect(bytes.at(-1)).toBe(SIZE);
});

test('what is small, or exported, is nobody else’s business', async () => {
  const help = new Help([frontEnd.client], log);
  const never = async () => expect.unreachable();
  const large = new SharedCopy(files, help, SIZE, log);
  expect(await large.copy(whole(), never)).toBe(false);
  const exported = partName({ id: newId('export'), bytes: SIZE, orderId: newId('ord') });
  const small = new SharedCopy(files, help, RANGE, log);
  expect(await small.copy({ ...whole(), part: exported }, never)).toBe(false);
  expect(frontEnd.received).toEqual([]);
});

test.each([
  ['have too much to do', () => helper({ isBusy: true })],
  ['are stopped', () => helper({ isDraining: true })],
])('those that %s are asked once, and not waited for', async (_what, make) => {
  for (const name of helpers.keys()) helpers.set(name, make());
  await copy();
  await expectCopied();
  expect(frontEnd.received).toHaveLength(3);
});

test('without a front end it is copied alone', async () => {
  frontEnd.before = () => {
    throw new ServiceFault('Unavailable', 'The database is away.');
  };
  await copy();
  await expectCopied();
});

test('a front end that is away for a while is asked again', async () => {
  let failures = 0;
  frontEnd.before = ({ from }) => {
    if (from === undefined || ++failures % 2 === 0) return;
    throw new ServiceFault('Unavailable', 'The database is away.');
  };
  await copy({ patienceMs: COMMAND_TIMEOUT_MS });
  await expectCopied();
});

test.each<[string, (name: string) => void]>([
  ['is not heard of any more', (name) => helpers.delete(name)],
  ['has begun a new life', (name) => helpers.set(name, helper())],
  ['has failed', (name) => helpers.set(name, failing(name))],
])('who %s may still write: the file must not be used', async (_what, lose) => {
  let isLost = false;
  frontEnd.before = ({ delegate, from }) => {
    if (delegate !== 'b' || from === undefined || isLost) return;
    isLost = true;
    lose(delegate);
  };
  // The first one waits until the others have begun.
  await expect(copyHeldBack()).rejects.toThrow(HelpLostError);
  expect((await readdir(folders.directory)).sort()).toEqual([part, source].sort());
});

/** A copy whose own part of it does not end before others have been asked for theirs, or it is ended. */
async function copyHeldBack(): Promise<void> {
  const shared = new SharedCopy(files, new Help([frontEnd.client], log, 100), RANGE, log);
  await truncate(pathOf(part), SIZE);
  await shared.copy(
    whole(),
    ({ signal }) =>
      new Promise((_resolve, reject) =>
        signal.addEventListener('abort', () => reject(signal.reason)),
      ),
  );
}

test('when it is ended, so is what others do: nothing is left, and no late message begins it again', async () => {
  const end = new AbortController();
  frontEnd.before = ({ from }) => {
    if (from !== undefined) end.abort(new Error('it was deleted'));
  };
  await expect(copy({ signal: end.signal })).rejects.toThrow();
  expect(frontEnd.received.some((each) => each.end)).toBe(true);
  expect((await readdir(folders.directory)).sort()).toEqual([part, source].sort());
  const late = frontEnd.received.find(({ from }) => from !== undefined) as vbslustre.CopyRange;
  expect(await frontEnd.client.CopyRange(late)).toMatchObject({ state: 'ended' });
});
