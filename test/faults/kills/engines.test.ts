import { afterAll, describe, expect, it } from 'vitest';
import { type Way, wrongFiles } from './contents.js';
import { DELETE_COPY, MODIFY_COPY } from './engineOperations.js';
import type { Kill, Step } from './enumeration.js';
import type { Lane, LaneOptions } from './lane.js';
import { onDisk } from './onDisk.js';
import {
  CREATE_FROM_SNAPSHOT,
  CREATE_SNAPSHOT,
  CREATE_VOLUME,
  DELETE_SNAPSHOT,
} from './operations.js';
import { tableOfKills } from './round.js';
import { runLane } from './runLane.js';

interface Engine extends Way, Required<Pick<LaneOptions, 'settings' | 'fileSystem'>> {
  title: string;
  /** What copies data; none: cp, or nothing. */
  program?: 'qemu-img' | 'dd';
}

const ENGINES: readonly Engine[] = [
  {
    title: 'zeroes are written, and what is copied as a whole',
    ...{ settings: { blank: 'zero' }, fileSystem: 'ext4' },
    ...{ blank: 'zero', copy: 'copy', program: 'dd' },
  },
  {
    title: 'space is set aside',
    ...{ settings: { blank: 'reserve' }, fileSystem: 'ext4' },
    ...{ blank: 'reserve', copy: 'copy', program: 'qemu-img' },
  },
  {
    title: 'volumes are thin',
    ...{ settings: { blank: 'thin' }, fileSystem: 'ext4' },
    ...{ blank: 'thin', copy: 'copy', program: 'qemu-img' },
  },
  {
    title: 'there is no qemu-img',
    ...{ settings: { blank: 'reserve', qemuImg: 'no-such-program' }, fileSystem: 'ext4' },
    ...{ blank: 'reserve', copy: 'copy' },
  },
  {
    title: 'there are clones with their space',
    ...{ settings: { blank: 'reserve' }, fileSystem: 'xfs' },
    ...{ blank: 'reserve', copy: 'clone' },
  },
  {
    title: 'there are thin clones',
    ...{ settings: { blank: 'thin' }, fileSystem: 'xfs' },
    ...{ blank: 'thin', copy: 'clone' },
  },
];
const OPERATIONS = [
  ...[CREATE_VOLUME, CREATE_SNAPSHOT, CREATE_FROM_SNAPSHOT],
  ...[MODIFY_COPY, DELETE_COPY, DELETE_SNAPSHOT],
];
const kills: Kill[] = [];

/**
 * What a Volume Delegate does to files; all else is the same however they are made, and tried in kills.test.ts. Names are given and
 * taken alike whatever the file: once for each engine is enough.
 */
function wantedOnce(): (step: Step) => boolean {
  const named = new Set<string>();
  return ({ service, step, nth }) => {
    if (service !== 'volume-delegate' || !/^(program|file) /.test(step)) return false;
    if (!/^file (create|link|unlink|flush$)/.test(step)) return true;
    const name = `${step.replace('<snapshot>', '<volume>')} ${nth}`;
    const isNew = !named.has(name);
    named.add(name);
    return isNew;
  };
}

/** The engine is the one that was meant. */
async function checkEngine(lane: Lane, { blank, copy, program }: Engine): Promise<void> {
  const { volumes, snapshots } = await lane.ledger();
  const methods = [...volumes, ...snapshots].map(({ creationMethod }) => creationMethod);
  expect(methods).toEqual(expect.arrayContaining([blank, copy]));
  const steps = lane.notes().map(({ step }) => step);
  const programs = ['qemu-img', 'dd'].filter((each) =>
    steps.some((step) => step?.startsWith(`program ${each} `) && /<snapshot>.*<part>/.test(step)),
  );
  expect(programs).toEqual(program ? [program] : []);
}

/** Nothing that was given a name, or told of, would be lost with the power of the machine. */
async function checkOnDisk(lane: Lane): Promise<void> {
  const { volumes, snapshots } = await lane.ledger();
  const { named, wrong } = onDisk(lane.notes());
  expect(wrong).toEqual([]);
  const ids = [
    ...volumes.map((each) => each.volumeId),
    ...snapshots.map((each) => each.snapshotId),
  ];
  expect([...named]).toEqual(expect.arrayContaining(ids));
}

afterAll(() => console.log(tableOfKills(kills)));

describe.concurrent('a Volume Delegate is killed before and after each step by which files are made', () => {
  it.for(ENGINES)('where $title', { timeout: 1_800_000 }, async (engine) => {
    const { settings, fileSystem } = engine;
    const rounds = [OPERATIONS, (lane: Lane) => checkEngine(lane, engine), checkOnDisk];
    const verdict = wrongFiles.bind(undefined, engine);
    const isWanted = wantedOnce();
    await runLane({ settings, fileSystem, machines: [], rounds, isWanted, verdict }, kills);
  });
});
