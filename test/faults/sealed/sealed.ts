import { readFileSync } from 'node:fs';

/** Blocks of one kind in a row. `volume`: 20 characters of who wrote them, `blank` (zeroes) or `broken` (all else). */
export interface Run {
  first: number;
  count: number;
  volume: string;
  sequence: number;
}

export const BLOCK_BYTES = 4096;
const WORDS = BLOCK_BYTES / 4;
const HEADER = 8;
const SEAL = 0x4c414553;
const NAME_BYTES = 20;

/** The name by which a guest's blocks call their volume; it is the disk's serial number, too. */
export function sealName(volumeId: string): string {
  return volumeId.replace('-', '').slice(0, NAME_BYTES);
}

/** What the blocks of a file are: the twin of `sealed read` in sealed.c. */
export function readSealed(file: string): Run[] {
  const bytes = readFileSync(file);
  const runs: Run[] = [];
  for (let at = 0; at < bytes.length / BLOCK_BYTES; at++) {
    const block = bytes.subarray(at * BLOCK_BYTES, (at + 1) * BLOCK_BYTES);
    const kind = judge(block, at);
    const last = runs.at(-1);
    if (last && last.volume === kind.volume && last.sequence === kind.sequence) last.count += 1;
    else runs.push({ first: at, count: 1, ...kind });
  }
  return runs;
}

/** Reads what `sealed read` prints. */
export function parseRuns(output: string): Run[] {
  const lines = output.split('\n').filter((line) => line !== '');
  return lines.map((line) => {
    const [first, count, volume = '', sequence] = line.split(' ');
    return { first: Number(first), count: Number(count), volume, sequence: Number(sequence) };
  });
}

function judge(block: Buffer, at: number): Pick<Run, 'volume' | 'sequence'> {
  const broken = { volume: 'broken', sequence: 0 };
  if (block.length !== BLOCK_BYTES) return broken;
  if (block.every((byte) => byte === 0)) return { volume: 'blank', sequence: 0 };
  const words = new Uint32Array(
    block.buffer.slice(block.byteOffset, block.byteOffset + BLOCK_BYTES),
  );
  const good = fill(words.subarray(0, HEADER));
  if (words[0] !== SEAL || words[1] !== at) return broken;
  if (words.some((word, index) => word !== good[index])) return broken;
  return {
    volume: block.toString('latin1', 12, 12 + NAME_BYTES),
    sequence: words[2] as number,
  };
}

/** The block that begins with these words. */
function fill(header: Uint32Array): Uint32Array {
  const words = new Uint32Array(WORDS);
  words.set(header);
  let state = 0x9e3779b9;
  for (const word of header) state = Math.imul(state ^ word, 0x01000193) + 0x9e3779b9;
  for (let i = HEADER; i < WORDS; i++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    words[i] = state;
  }
  return words;
}
