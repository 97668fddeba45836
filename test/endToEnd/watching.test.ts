import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, renameSync } from 'node:fs';
import { join } from 'node:path';
import { METRICS } from '@vbs-lustre/shared/monitor/catalogue';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { freePorts } from '../support/ports.js';
import { requirePackages } from '../support/programs.js';
import { Testbed, until } from '../support/testbed.js';

/** Prometheus' own client for Python, whose parser takes nothing but its text format. */
const PARSER_PACKAGE = 'python3-prometheus-client';
const PARSE = `
import json, sys
from prometheus_client.parser import text_string_to_metric_families
families = list(text_string_to_metric_families(sys.stdin.read()))
json.dump([{'type': f.type, 'documentation': f.documentation,
  'samples': [[s.name, s.labels, s.value] for s in f.samples]} for f in families], sys.stdout)
`;

type Sample = [name: string, labels: Record<string, string>, value: number];
type Line = Record<string, unknown> & { message: string };

const SERVICES = ['vbslustre', 'vbslustre-2', 'volume-delegate', 'vmm1'] as const;
type Service = (typeof SERVICES)[number];

let testbed: Testbed;
let ports: Record<Service, number>;

/** Two front ends, for the sake of the PostgreSQL server that they share. */
beforeAll(async () => {
  requirePackages([PARSER_PACKAGE]);
  const free = await freePorts(SERVICES.length);
  ports = Object.fromEntries(SERVICES.map((name, n) => [name, free[n]])) as typeof ports;
  const env = (name: Service) => ({ VBSLUSTRE_MONITOR_PORT: String(ports[name]) });
  testbed = await Testbed.start({
    frontEnds: 2,
    frontEndEnv: { vbslustre: env('vbslustre'), 'vbslustre-2': env('vbslustre-2') },
    frontEndSettings: { heartbeatSeconds: 3, reconcileSeconds: 1 },
    volumeDelegates: [{ settings: { monitorPort: ports['volume-delegate'] } }],
    vmmDelegates: [{ settings: { monitorPort: ports.vmm1 } }],
  });
});

afterAll(() => testbed?.stop());

async function get(service: Service, path: string): Promise<{ status: number; text: string }> {
  const headers = { connection: 'close' };
  const answer = await fetch(`http://127.0.0.1:${ports[service]}${path}`, { headers });
  return { status: answer.status, text: await answer.text() };
}

/** Waits until `/readyz` says this. */
async function readiness(service: Service, status: number, text: string): Promise<void> {
  let last: unknown;
  const look = async () => {
    last = await get(service, '/readyz');
    return JSON.stringify(last) === JSON.stringify({ status, text }) || undefined;
  };
  await until(`${service} answers ${status} ${text}`, look).catch((error) => {
    throw new Error(`${error.message}; it answers ${JSON.stringify(last)}`);
  });
}

/** The lines of a service's log that have this id. */
function linesOf(service: Service, requestId: string): Line[] {
  const lines = readFileSync(testbed.deployment.layout.log(service), 'utf8').split('\n');
  // What follows the last one is being written.
  lines.pop();
  return lines.flatMap((line) => (line.includes(requestId) ? [JSON.parse(line)] : []));
}

/** Whether a service has logged this under the id. */
function hasLogged(service: Service, requestId: string, expected: object): boolean {
  return linesOf(service, requestId).some(
    (line) =>
      line.requestId === requestId &&
      Object.entries(expected).every(([name, value]) => line[name] === value),
  );
}

function logged(service: Service, requestId: string, expected: object): Promise<true> {
  return until(`${service} logs ${JSON.stringify(expected)}`, async () =>
    hasLogged(service, requestId, expected) ? true : undefined,
  );
}

/** Of all programs and QMP commands that were to change something under the id. */
function commandsOf(service: Service, requestId: string): string[] {
  const commands = linesOf(service, requestId).filter(({ message }) => message === 'command');
  return commands.map(({ program, args }) => `${program} ${JSON.stringify(args)}`);
}

it('one id goes through all logs: a volume, its program and its callback', async () => {
  const { volumeId, requestId } = await testbed.alice.CreateVolume({ sizeMiB: 1 });
  await testbed.settled(volumeId);
  await logged('vbslustre', requestId, { message: 'done', operation: 'CreateVolume' });
  const done = { message: 'done', operation: 'CreateVolumeFile' };
  await logged('volume-delegate', requestId, done);
  const commands = commandsOf('volume-delegate', requestId);
  const reserving = commands.filter((each) => each.startsWith('fallocate '));
  expect(reserving).toEqual([expect.stringContaining(volumeId)]);
  // Any front end may have heard it.
  const callback = { message: 'done', operation: 'UpdateVolumeStatus' };
  const frontEnds = ['vbslustre', 'vbslustre-2'] as const;
  await until('the callback is logged', async () =>
    frontEnds.some((each) => hasLogged(each, requestId, callback)) ? true : undefined,
  );
  expect(linesOf('vmm1', requestId)).toEqual([]);
});

it('one id goes through all logs: an attach, and one that the hypervisor has no machine for', async () => {
  await testbed.boot('vm1');
  const volumeId = await testbed.volume(1);
  const request = { volumeId, vmm: 'vmm1', device: 'xvdb', attachMode: 'w' as const };
  const { requestId } = await testbed.alice.AttachVolume({ ...request, instanceId: 'vm1' });
  await logged('vbslustre', requestId, { message: 'done', operation: 'AttachVolume' });
  await logged('vmm1', requestId, { message: 'done', operation: 'AttachVolume' });
  expect(commandsOf('vmm1', requestId)).toEqual([
    expect.stringMatching(/^qmp \["blockdev-add"/),
    expect.stringMatching(/^qmp \["device_add"/),
  ]);
  await testbed.alice.DetachVolume({ volumeId });
  const refused = testbed.alice.AttachVolume({ ...request, instanceId: 'nobody' });
  const fault = await refused.catch((error) => error);
  expect(fault).toMatchObject({ code: 'InvalidInstanceID.NotFound' });
  for (const service of ['vbslustre', 'vmm1'] as const) {
    await logged(service, fault.requestId, { message: 'refused', code: fault.code });
  }
});

it('a service is ready when all that it needs is there', async () => {
  const { deployment } = testbed;
  const frontEndReady = 'trust: ok\ndatabase: ok\n';
  const delegateReady = 'trust: ok\nvolume directory: ok\nannounced: ok\n';
  const delegates = ['volume-delegate', 'vmm1'] as const;
  await readiness('vbslustre', 200, frontEndReady);
  for (const each of delegates) await readiness(each, 200, delegateReady);

  await deployment.postgres.kill();
  await readiness('vbslustre', 503, 'trust: ok\ndatabase: not ok\n');
  expect(await get('vbslustre', '/healthz')).toEqual({ status: 200, text: 'ok\n' });
  await deployment.postgres.restart();
  await readiness('vbslustre', 200, frontEndReady);
  // They have not been heard while the database was away.
  for (const each of delegates) await readiness(each, 200, delegateReady);

  const { volumes, frontEndTrust } = deployment.layout;
  renameSync(volumes, `${volumes}-away`);
  const noVolumes = 'trust: ok\nvolume directory: not ok\nannounced: ok\n';
  for (const each of delegates) await readiness(each, 503, noVolumes);
  renameSync(`${volumes}-away`, volumes);
  for (const each of delegates) await readiness(each, 200, delegateReady);

  const trusted = readdirSync(frontEndTrust);
  const move = (from: string, to: string) => {
    for (const name of trusted) renameSync(join(from, name), join(to, name));
  };
  move(frontEndTrust, deployment.layout.home);
  await readiness('vbslustre', 503, 'trust: not ok\ndatabase: ok\n');
  for (const each of delegates) {
    await readiness(each, 503, 'trust: ok\nvolume directory: ok\nannounced: not ok\n');
  }
  move(deployment.layout.home, frontEndTrust);
  await readiness('vbslustre', 200, frontEndReady);
  for (const each of delegates) await readiness(each, 200, delegateReady);
});

async function samplesOf(service: Service): Promise<Sample[]> {
  const { text } = await get(service, '/metrics');
  const parsed = execFileSync('/usr/bin/python3', ['-c', PARSE], { input: text, encoding: 'utf8' });
  const families: { type: string; documentation: string; samples: Sample[] }[] = JSON.parse(parsed);
  for (const family of families) {
    expect(family.documentation).not.toBe('');
    expect(family.type).not.toBe('unknown');
  }
  return families.flatMap(({ samples }) => samples);
}

function sumOf(samples: Sample[], { name }: { name: string }, wanted: object = {}): number {
  const found = samples.filter(
    ([of, labels]) =>
      of === name && Object.entries(wanted).every(([label, value]) => labels[label] === value),
  );
  return found.reduce((sum, [, , value]) => sum + value, 0);
}

it('metrics count what was done, with few labels that name nobody', async () => {
  const before = await samplesOf('vbslustre');
  const refused = { operation: 'DescribeVolume', code: 'InvalidVolume.NotFound' };
  const volumeId = await testbed.volume(1);
  for (const user of [testbed.bob, testbed.bob]) {
    await expect(user.DescribeVolume({ volumeId })).rejects.toMatchObject({ code: refused.code });
  }
  const after = await samplesOf('vbslustre');
  const more = (labels: object) =>
    sumOf(after, METRICS.operations, labels) - sumOf(before, METRICS.operations, labels);
  expect(more({ operation: 'CreateVolume' })).toBe(1);
  expect(more({ operation: 'CreateVolume', code: 'OK' })).toBe(1);
  expect(more(refused)).toBe(2);
  const countOf = { name: `${METRICS.operationSeconds.name}_count` };
  expect(sumOf(after, countOf, { operation: 'CreateVolume' })).toBeGreaterThan(0);

  // The records are counted every five seconds.
  await until('all is counted', async () => {
    const samples = await samplesOf('vbslustre');
    const isSo =
      sumOf(samples, METRICS.volumes, { state: 'available' }) === 3 &&
      sumOf(samples, METRICS.delegates, { kind: 'volume', state: 'alive' }) === 1 &&
      sumOf(samples, METRICS.delegates, { kind: 'vmm', state: 'alive' }) === 1;
    return isSo || undefined;
  });
  const leads = async (service: Service) => sumOf(await samplesOf(service), METRICS.leads);
  await until('one front end reconciles', async () =>
    (await leads('vbslustre')) + (await leads('vbslustre-2')) === 1 ? true : undefined,
  );

  // It could not be told while the directory was away, and is looked at every ten seconds.
  const delegate = await until('the space is told, and nothing is done', async () => {
    const samples = await samplesOf('volume-delegate');
    const available = sumOf(samples, METRICS.available);
    const isTold = available > 0 && sumOf(samples, METRICS.size) > available;
    return isTold && sumOf(samples, METRICS.jobsRunning) === 0 ? samples : undefined;
  });
  const created = { operation: 'CreateVolumeFile', code: 'OK' };
  expect(sumOf(delegate, METRICS.operations, created)).toBeGreaterThanOrEqual(3);
  // A front end that stood still for a while has not heard it.
  const vmm = await until('the host is heard', async () => {
    const samples = await samplesOf('vmm1');
    return sumOf(samples, METRICS.heard) === 1 ? samples : undefined;
  });
  expect(sumOf(vmm, METRICS.operations, { operation: 'AttachVolume', code: 'OK' })).toBe(1);

  const shown = new Set([...after, ...delegate, ...vmm].map(([name]) => name));
  // Mirrors are on Lustre alone.
  const { mirrored, ...everywhere } = METRICS;
  expect(shown).not.toContain(mirrored.name);
  for (const { name, type } of Object.values(everywhere)) {
    expect(shown).toContain(type === 'histogram' ? `${name}_bucket` : name);
  }
  for (const service of SERVICES) {
    const { text } = await get(service, '/metrics');
    expect(text).not.toMatch(/vol-|snap-|alice|bob|vm1\b|\/tmp/);
  }
});
