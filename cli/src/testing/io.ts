import { PassThrough } from 'node:stream';
import type { Io } from '../io.js';

interface Captured extends Io {
  stdin: PassThrough & { isTTY?: boolean };
  /** What was printed so far. */
  printed: { stdout: string; stderr: string };
}

/** No terminal, and streams that keep what is written to them. */
export function captured(env: Io['env'] = {}): Captured {
  const printed = { stdout: '', stderr: '' };
  const keep = (name: 'stdout' | 'stderr') =>
    new PassThrough().on('data', (chunk: Buffer) => {
      printed[name] += chunk;
    });
  const stdin = new PassThrough();
  return { stdin, stdout: keep('stdout'), stderr: keep('stderr'), env, printed };
}
