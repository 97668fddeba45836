// npm run bench:soap: what a signed call costs, beside its cryptography and beside xml-crypto as its README shows it.
import { mkdtemp, rm } from 'node:fs/promises';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run } from '@vbs-lustre/shared/process/run';
import { signRequest } from '@vbs-lustre/shared/wssecurity/sign';
import type { Calibration } from './calibrate.js';
import { checkAnswers } from './checkAnswers.js';
import { load } from './load.js';
import { pin } from './pin.js';
import { readProfile } from './profile.js';
import { type Round, reportRounds, reportShares } from './report.js';
import { Site } from './site.js';

const SERVICE_CORE = 0;
const CALLER_CORE = 1;
const PORT = 28_443;
const ROUNDS = 3;
const ROUND_MS = 4_000;
/** Until V8 has compiled what is called most: a service runs for weeks. */
const WARM_UP_MS = 10_000;
const CONNECTIONS = 8;
/** Far fewer than calls: describing changes nothing, so that the same message may be sent again. */
const MESSAGES = 200;
const CALIBRATION_MS = 60_000;

if (availableParallelism() < 2) throw new Error('Two cores are needed: one for the service alone.');
await pin(process.pid, CALLER_CORE);
console.log(
  `Signed DescribeVolume over https with signed answers: RSA-2048, ${CONNECTIONS} keep-alive connections,\n` +
    `the service on a core of its own, ${ROUNDS} rounds of ${ROUND_MS / 1000} s, medians.\n`,
);
const rounds: Round[] = [];
await withSite([], async (site) => {
  await measure(site, WARM_UP_MS);
  for (let round = 0; round < ROUNDS; round += 1) {
    rounds.push({ ...(await calibrate(site)), ...(await measure(site)) });
  }
});
reportRounds(rounds);
const profiles = await mkdtemp(join(tmpdir(), 'vbs-profile-'));
await withSite(['--cpu-prof', `--cpu-prof-dir=${profiles}`], (site) => measure(site, WARM_UP_MS));
reportShares(await readProfile(profiles));
await rm(profiles, { recursive: true });

async function withSite(
  nodeArguments: readonly string[],
  action: (site: Site) => Promise<unknown>,
): Promise<void> {
  const site = await Site.start(PORT, SERVICE_CORE, nodeArguments);
  try {
    await action(site);
  } finally {
    await site.stop();
  }
}

/** Calls for one round; every answer must be right. */
async function measure(site: Site, durationMs = ROUND_MS) {
  const messages = Array.from({ length: MESSAGES }, () =>
    signRequest(site.describe, site.alice, new Date()),
  );
  const before = await site.cpuTime();
  const { answers, ...result } = await load({
    url: site.deployment.url,
    ca: site.authorityPem,
    messages: messages.map(({ text }) => text),
    connections: CONNECTIONS,
    durationMs,
  });
  const cpu = ((await site.cpuTime()) - before) / answers.length;
  await checkAnswers(site, messages, answers);
  return { ...result, cpu };
}

/**
 * On the service's core, which has nothing else to do meanwhile, while the other one is as busy as when the service is
 * measured: cores share caches and heat.
 */
async function calibrate(site: Site): Promise<Calibration> {
  await site.pin(CALLER_CORE);
  const [calibration] = await Promise.all([runCalibration(site), measure(site)]);
  await site.pin(SERVICE_CORE);
  return calibration;
}

async function runCalibration({ describe, deployment }: Site): Promise<Calibration> {
  const { pki } = deployment.layout;
  const script = fileURLToPath(new URL('calibrate.js', import.meta.url));
  const args = [script, `${pki}/alice.crt`, `${pki}/alice.key`, describe];
  const { stdout } = await run(
    'taskset',
    ['--cpu-list', String(SERVICE_CORE), process.execPath, ...args],
    { timeoutMs: CALIBRATION_MS },
  );
  return JSON.parse(stdout);
}
