import { readFileSync } from 'node:fs';
import { Agent } from 'node:https';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { render } from '../../shared/src/testing/message.js';
import { NAMESPACE } from '../support/raw.js';
import { until } from '../support/testbed.js';
import { ATTACKS } from './cases/index.js';
import { readAnswer, verdictOf } from './support/answers.js';
import { floodOf, meanwhile, percentile, pourOut } from './support/flood.js';
import { memoryOf } from './support/memory.js';
import { record } from './support/record.js';
import { stateOf } from './support/state.js';
import { deletion, Target } from './support/target.js';
import { fire, type Outcome, type Wire } from './support/wire.js';

const BAD = 10_000;
const WARM_UP = 1_000;
const CONNECTIONS = 50;
/** So many of the good requests change something. */
const DELETIONS = 200;
/** How much more memory the service may have after the flood than after the warm-up. */
const GROWTH_MIB = 128;

let target: Target;
let bad: Wire;
let good: Wire;

beforeAll(async () => {
  target = await Target.start();
  const ca = readFileSync(`${target.testbed.deployment.layout.pki}/ca.crt`);
  const { port } = target.wire;
  bad = { port, agent: new Agent({ ca, keepAlive: true, maxSockets: CONNECTIONS }) };
  good = { port, agent: new Agent({ ca, keepAlive: true }) };
});

afterAll(async () => {
  for (const wire of [bad, good]) wire?.agent.destroy();
  await target?.stop();
});

it(`${BAD} bad requests on ${CONNECTIONS} connections, among good ones`, async ({ task }) => {
  const flood = floodOf(Object.values(ATTACKS).flat(), target, WARM_UP + BAD);
  const doomed = Array.from({ length: DELETIONS }, () => target.good().volumeId);
  const waiting = [...doomed];
  await pourOut(bad, flood.slice(0, WARM_UP), CONNECTIONS, expectRefusal);
  const warm = memoryOf(target.pid).now;
  const times = await meanwhile(
    () => pourOut(bad, flood.slice(WARM_UP), CONNECTIONS, expectRefusal),
    () => callWell(waiting.pop()),
  );
  for (const volumeId of waiting) await callWell(volumeId);
  await until('what was asked for is deleted', async () =>
    doomed.some((id) => stateOf(target.testbed.deployment).join().includes(id)) ? undefined : true,
  );
  const { now } = memoryOf(target.pid);
  const memory = `memory ${Math.round(warm)} → ${Math.round(now)} MiB`;
  const latency = `p50 ${percentile(times, 50)} ms, p99 ${percentile(times, 99)} ms`;
  console.log(
    record(task, 'flood', `${times.length} good requests answered: ${latency}; ${memory}`),
  );
  expect(times.length).toBeGreaterThan(DELETIONS / 10);
  expect(now - warm, memory).toBeLessThan(GROWTH_MIB);
}, 600_000);

/** One of alice's requests: to delete this volume, or else only to look at another. It is answered rightly. */
async function callWell(volumeId: string | undefined): Promise<void> {
  const { victim } = target.world;
  const look = `<DescribeVolume xmlns="${NAMESPACE}"><volumeId>${victim}</volumeId></DescribeVolume>`;
  const content = volumeId === undefined ? look : deletion(volumeId);
  const outcome = await fire(good, { body: render(target.planOf(content)) });
  const { status, body } = readAnswer(outcome, target.trust);
  expect(status, body).toBe(200);
  expect(body).toContain(
    volumeId === undefined ? `<volumeId>${victim}</volumeId>` : '<return>true</return>',
  );
}

/** Every twentieth is read with care; that of all would take longer than the service took. */
function expectRefusal(outcome: Outcome, index: number): void {
  if (outcome.status === 0) return;
  const verdict = index % 20 === 0 ? verdictOf(outcome, target.trust) : glance(outcome);
  expect(verdict).toMatch(
    /^(AuthFailure|InvalidVolume\.NotFound|not parsed|(wsse|wsu):\w+|HTTP 4\d\d)$/,
  );
}

function glance({ status, text }: Outcome): string {
  if (!text.startsWith('<')) return `HTTP ${status}`;
  return /<code>([^<]*)<\/code>/.exec(text)?.[1] ?? 'executed';
}
