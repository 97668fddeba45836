import type { IncomingMessage } from 'node:http';
import { PassThrough } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { BodyReader } from './httpBody.js';

/** A request whose body a test sends. */
function arriving(): PassThrough & IncomingMessage {
  const headers = { 'content-type': 'text/xml; charset=utf-8' };
  return Object.assign(new PassThrough(), { headers, complete: false }) as never;
}

/** Lets the reader see what was sent. */
const settle = () => new Promise((resolve) => setImmediate(resolve));

describe('all that has not arrived as a whole', () => {
  it('is bounded; what is refused, finished or broken off counts no more', async () => {
    const reader = new BodyReader(100);
    const [first, second] = [arriving(), arriving()];
    const [one, two] = [reader.read(first), reader.read(second)];
    first.write('x'.repeat(60));
    second.write('y'.repeat(60));
    await expect(two).rejects.toMatchObject({ status: 503, headers: { 'Retry-After': '5' } });
    second.resume().write('y'.repeat(60));
    await settle();
    first.end('x'.repeat(40));
    expect(await one).toBe('x'.repeat(100));
    const third = arriving();
    const three = reader.read(third);
    third.write('z'.repeat(100));
    await settle();
    third.destroy();
    await expect(three).rejects.toMatchObject({ status: 400 });
    const fourth = arriving();
    const four = reader.read(fourth);
    fourth.end('w'.repeat(100));
    expect(await four).toBe('w'.repeat(100));
  });
});
