import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  mkdtempSync,
  openSync,
  rmSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { compileSealed } from './guest.js';
import { Image } from './image.js';
import { BLOCK_BYTES, parseRuns, type Run, readSealed } from './sealed.js';

const VOLUME = 'vol0123456789abcdefg';
const BLOCKS = 64;
let folder: string;
let program: string;
let disk: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'vbs-sealed-'));
  program = join(folder, 'sealed');
  writeFileSync(program, compileSealed());
  chmodSync(program, 0o755);
  disk = join(folder, 'disk');
  writeFileSync(disk, '');
  truncateSync(disk, BLOCKS * BLOCK_BYTES);
});

afterAll(() => rmSync(folder, { recursive: true }));

function write(run: Run): void {
  const numbers = [run.first, run.count, run.sequence].map(String);
  execFileSync(program, ['write', disk, run.volume, ...numbers]);
}

/** As the guest's program and its twin read it: they must agree. */
function read(): Run[] {
  const seen = readSealed(disk);
  expect(parseRuns(execFileSync(program, ['read', disk], { encoding: 'utf8' }))).toEqual(seen);
  return seen;
}

it('seals blocks, and finds every byte that differs', () => {
  const image = Image.blank(BLOCKS * BLOCK_BYTES);
  expect(image.compare(read())).toEqual([]);
  const first = { first: 3, count: 9, volume: VOLUME, sequence: 1 };
  write(first);
  expect(image.compare(read())).toHaveLength(9);
  image.written(first);
  expect(image.compare(read())).toEqual([]);

  const second = { first: 5, count: 2, volume: VOLUME, sequence: 2 };
  image.writing(second);
  write({ ...second, count: 1 });
  expect(image.compare(read())).toEqual([]);
  write({ ...second, first: 6, count: 1 });
  // It was seen not to have been written: it can't have changed by itself.
  expect(image.compare(read())).toEqual([`block 6 is ${VOLUME} 2, not ${VOLUME} 1`]);

  const handle = openSync(disk, 'r+');
  writeSync(handle, 'x', 20 * BLOCK_BYTES + 4000);
  expect(image.compare(read())).toContain('block 20 is broken 0, not blank 0');
});

it('finds a sealed block in another place', () => {
  writeSync(openSync(disk, 'r+'), Buffer.alloc(BLOCKS * BLOCK_BYTES), 0, BLOCKS * BLOCK_BYTES, 0);
  write({ first: 0, count: 1, volume: VOLUME, sequence: 7 });
  execFileSync('dd', [`if=${disk}`, `of=${disk}`, 'bs=4096', 'count=1', 'seek=4', 'conv=notrunc']);
  expect(read().map(({ volume }) => volume)).toEqual([VOLUME, 'blank', 'broken', 'blank']);
});
