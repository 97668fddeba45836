import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { connect, type TLSSocket } from 'node:tls';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { SLOW, type Slow } from './cases/slow.js';
import type { Good } from './support/attack.js';
import { memoryOf } from './support/memory.js';
import { record } from './support/record.js';
import { stateOf } from './support/state.js';
import { Target } from './support/target.js';

/** Until when a connection that brings nothing is closed: the service's own limits, and room for a busy machine. */
const LIMIT_MS = 120_000;
const MEMORY_MIB = 96;
const CONNECTIONS_EACH = 20;

let target: Target;
const goods = new Map<Slow, Good>();
const verdicts = new Map<Slow, string>();

/** All at once, since each takes as long as the service has patience. */
beforeAll(async () => {
  target = await Target.start();
  for (const slow of SLOW) goods.set(slow, target.good());
  const before = stateOf(target.testbed.deployment);
  const memory = memoryOf(target.pid).now;
  let waiting = SLOW.length;
  const ends = SLOW.map(async (slow) => {
    verdicts.set(slow, await endOf(slow));
    waiting -= 1;
  });
  // Meanwhile others are served.
  while (waiting > 0) {
    expect((await target.testbed.alice.DescribeVolumes({})).volumeSet.item).not.toHaveLength(0);
    await delay(200);
  }
  await Promise.all(ends);
  expect(stateOf(target.testbed.deployment)).toEqual(before);
  expect(memoryOf(target.pid).now - memory, 'MiB').toBeLessThan(MEMORY_MIB);
});

afterAll(() => target?.stop());

it.for(SLOW.map((slow) => [slow.name, slow] as const))('%s', async ([, slow], { task }) => {
  const verdict = verdicts.get(slow) ?? '';
  expect(record(task, 'Slowloris (2009); R-U-Dead-Yet (2010)', verdict)).toMatch(
    /^refused before parsing: closed after \d+ s$/,
  );
  const { text, volumeId } = goods.get(slow) as Good;
  await target.accept({ body: text }, volumeId);
});

async function endOf(slow: Slow): Promise<string> {
  const { text } = goods.get(slow) as Good;
  const started = Date.now();
  await Promise.all(Array.from({ length: CONNECTIONS_EACH }, () => untilClosed(slow, text)));
  return `refused before parsing: closed after ${Math.round((Date.now() - started) / 1000)} s`;
}

async function untilClosed({ name, start, rest }: Slow, text: string): Promise<void> {
  const socket = await open();
  const closed = new Promise<void>((resolve) => socket.once('close', resolve));
  socket.write(start(text));
  const later = [...rest(text)];
  const drip = setInterval(() => {
    const next = later.shift();
    if (next !== undefined && socket.writable) socket.write(next);
  }, 1_000);
  const late = delay(LIMIT_MS).then(() => Promise.reject(new Error(`${name} is still heard`)));
  try {
    await Promise.race([closed, late]);
  } finally {
    clearInterval(drip);
    socket.destroy();
  }
}

function open(): Promise<TLSSocket> {
  const ca = readFileSync(`${target.testbed.deployment.layout.pki}/ca.crt`);
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port: target.wire.port, ca }, () => {
      socket.off('error', reject);
      socket.on('error', () => {});
      socket.resume();
      resolve(socket);
    });
    socket.once('error', reject);
  });
}
