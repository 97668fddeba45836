import { beforeEach, expect, test } from 'vitest';
import { standStill, whileStill } from './stillness.js';
import { FakePausingHost } from './testing/fakePausingHost.js';

let host: FakePausingHost;
let stop: AbortController;

beforeEach(() => {
  host = new FakePausingHost();
  host.pauses = 1;
  stop = new AbortController();
});

async function hold(work: () => Promise<unknown>): Promise<void> {
  const place = { vm: host.vm as NonNullable<typeof host.vm>, device: 'xvdb' };
  const still = await standStill(host, place, Date.now() + 60_000);
  await whileStill(host, place, still, { stop, timeoutMs: 60_000 }, work);
}

test('a VM that runs does not stand still', async () => {
  host.pauses = 0;
  await expect(hold(async () => {})).rejects.toThrow('was not paused');
});

test('work is ended when the VM goes on, and has come to nothing', async () => {
  const work = () => {
    host.pauses = 0;
    return new Promise((_, reject) => {
      stop.signal.addEventListener('abort', () => reject(stop.signal.reason));
    });
  };
  await expect(hold(work)).rejects.toThrow('go on');
});

test('a look that is answered when the work is done ends nothing', async () => {
  const { stateOf } = host;
  let [isLooking, answer] = [() => {}, () => {}];
  const work = () =>
    new Promise<void>((done) => {
      isLooking = done;
    });
  let late: Promise<unknown> | undefined;
  const held = hold(work);
  await expect.poll(() => host.steps).toEqual(['quiet']);
  host.stateOf = (vm) => {
    host.stateOf = stateOf;
    isLooking();
    late = new Promise<void>((resolve) => {
      answer = resolve;
    }).then(() => host.stateOf(vm));
    return late as ReturnType<typeof stateOf>;
  };
  await held;
  host.pauses = 0;
  answer();
  await late;
  // What comes of the look has come by then.
  await new Promise((resolve) => setImmediate(resolve));
  expect(stop.signal.aborted).toBe(false);
});
