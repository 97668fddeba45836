import { ServiceFault } from '@vbs-lustre/shared/faults';
import { expect, it } from 'vitest';
import { LiveLine } from './liveLine.js';
import { NoAnswer } from './noAnswer.js';
import { aVolume } from './testing/items.js';
import { waitFor } from './wait.js';

const LONG_MS = 60_000;
const pending = aVolume({ status: 'pending' });

/** Waits while the looks show these, one after another. */
function waitWhile(
  looks: readonly (object | Error)[],
  limitMs = LONG_MS,
  isTTY = false,
  columns = 80,
) {
  let written = '';
  const stream = {
    ...{ isTTY, columns },
    write: (text: string) => {
      written += text;
    },
  };
  const queue = [...looks];
  const look = async () => {
    const next = queue.shift();
    if (next instanceof Error) throw next;
    return { ...pending, ...next };
  };
  const waiting = { id: 'vol-1', begun: pending, look, limitMs, line: new LiveLine(stream) };
  return waitFor(waiting).then((waited) => ({ ...waited, written, left: queue.length }));
}

it('ends when it is available', async () => {
  const waited = await waitWhile([{}, { status: 'available' }, { status: 'never seen' }]);
  expect(waited).toMatchObject({ last: { status: 'available' }, written: '', left: 1 });
  expect(waited.trouble).toBeUndefined();
});

it('shows a line on a terminal, and takes it away', async () => {
  const { written } = await waitWhile([{ status: 'in-use' }], LONG_MS, true);
  const clear = '\r\u001b[K';
  expect(written.startsWith(`${clear}vol-1 is pending … 0 s`)).toBe(true);
  expect(written.endsWith(clear)).toBe(true);
});

it('shows how far it is, on one line of the terminal', async () => {
  const { sizeBytes } = pending;
  const looks = [{ bytesDone: sizeBytes / 4 }, { status: 'available' }];
  expect((await waitWhile(looks, LONG_MS, true)).written).toContain(
    's  [######                  ] 25%  2.5 GiB of 10 GiB',
  );
  const narrow = await waitWhile(looks, LONG_MS, true, 30);
  for (const line of narrow.written.split('\r\u001b[K')) expect(line.length).toBeLessThan(30);
});

it('waits for what is extended, and ends with 4 and the reason if that failed', async () => {
  const { sizeBytes } = pending;
  const modifying = {
    ...{ status: 'available', modificationState: 'modifying' },
    ...{ targetSizeBytes: 2 * sizeBytes, bytesDone: 1.5 * sizeBytes },
  };
  const extended = { status: 'available', modificationState: 'completed' };
  const { written, trouble } = await waitWhile([modifying, extended], LONG_MS, true);
  expect(written).toMatch(/vol-1 is modifying … \d+ s .* 75% {2}15 GiB of 20 GiB/);
  expect(trouble).toBeUndefined();
  const failed = { status: 'in-use', modificationState: 'failed', modificationMessage: 'dd' };
  expect(await waitWhile([modifying, failed])).toMatchObject({
    trouble: { message: 'vol-1 has its old size: dd', exitCode: 4 },
  });
});

it('waits for what is verified, and ends with 4 if it is damaged or cannot be read', async () => {
  const there = { status: 'available', verifyState: 'verifying' };
  const { written, trouble } = await waitWhile(
    [there, { ...there, verifyState: 'intact' }],
    LONG_MS,
    true,
  );
  expect(written).toMatch(/vol-1 is verifying … \d+ s/);
  expect(trouble).toBeUndefined();
  for (const [verifyState, message] of [
    ['damaged', 'vol-1 is damaged: other data'],
    ['failed', 'vol-1 could not be verified: other data'],
  ]) {
    const ended = { ...there, verifyState, verifyMessage: 'other data' };
    expect(await waitWhile([there, ended])).toMatchObject({ trouble: { message, exitCode: 4 } });
  }
});

it('ends with 4 and the reason if it failed', async () => {
  const failure = { status: 'failure : cmd error', statusMessage: 'dd: no space left' };
  expect(await waitWhile([failure])).toMatchObject({
    last: failure,
    trouble: {
      exitCode: 4,
      message: 'vol-1 is not available: failure : cmd error: dd: no space left',
    },
  });
});

it('ends with 4 if it is gone', async () => {
  const gone = new ServiceFault('InvalidVolume.NotFound', 'vol-1 does not exist.', 'req-1');
  expect(await waitWhile([gone])).toMatchObject({ trouble: { exitCode: 4 } });
});

it('ends with 5 if it takes too long', async () => {
  expect(await waitWhile([], 0)).toMatchObject({
    last: { status: 'pending' },
    trouble: { exitCode: 5, message: expect.stringContaining('still pending after 0 s') },
  });
});

it('is patient with a service that is away for a moment', async () => {
  const away = new NoAnswer([]);
  const busy = new ServiceFault('RequestLimitExceeded', 'Later.', 'req-1');
  expect(await waitWhile([away, busy, { status: 'available' }])).toMatchObject({
    last: { status: 'available' },
  });
});

it('hands on what else goes wrong, with what was seen last', async () => {
  const refused = new ServiceFault('AuthFailure', 'No.', 'req-1');
  expect(await waitWhile([refused])).toMatchObject({ last: pending, trouble: refused });
});
