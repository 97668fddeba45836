import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Deployment } from '../deployment/deployment.js';
import { available } from '../job/expectations.js';
import {
  type AttachBench,
  type AttachRound,
  type BareWay,
  type STEPS,
  seen,
  timed,
} from './attachBench.js';
import { benchQemu } from './attachQemu.js';
import { reportAttach } from './attachReport.js';
import { benchXen } from './attachXen.js';
import { benchOptions } from './options.js';
import { withEnd } from './withEnd.js';

const QUIET_MS = 1_500;

const benches = [benchXen, benchQemu];
const names = benches.map(({ name }) => name);
const { kinds, rounds, port } = benchOptions('bench:attach', names, { rounds: 7, port: 17_443 });
for (const bench of benches.filter(({ name }) => kinds.includes(name))) {
  reportAttach(bench.name, await run(bench));
}

async function run(bench: AttachBench): Promise<AttachRound[]> {
  console.log(`\nMeasuring with ${bench.name}: ${rounds} rounds …`);
  const deployment = new Deployment({
    home: await mkdtemp(join(tmpdir(), 'vbs-bench-')),
    users: ['alice'],
    frontEndPort: port,
    frontEndSettings: { delegateTimeoutSeconds: 120, heartbeatSeconds: 5 },
    volumeDelegates: [{ name: 'volume-delegate', port: port + 1 }],
    vmmDelegates: [{ ...bench.delegate, port: port + 2 }],
  });
  let way: BareWay | undefined;
  const start = async () => {
    await deployment.start();
    way = await bench.boot(deployment);
    return measure(deployment, bench.delegate.name, way);
  };
  return withEnd(start, async () => {
    await way?.stop();
    await deployment.stop();
    await deployment.erase();
  });
}

async function measure(deployment: Deployment, vmm: string, way: BareWay): Promise<AttachRound[]> {
  const alice = await deployment.client('alice');
  const volumeId = await volume();
  const other = await volume();
  const measured: AttachRound[] = [];
  const place = { volumeId, instanceId: 'vm1', vmm, device: 'xvdb', attachMode: 'w' as const };
  // The first round is for what is done once: connections, code that is compiled.
  for (let round = 0; round <= rounds; round += 1) {
    const bare = await times({
      attach: () => way.attach(other),
      detach: () => way.detach(),
      seen: () => seen(way.guest, () => way.attach(other)),
    });
    await way.detach();
    const whole = await times({
      attach: () => timed(() => alice.AttachVolume(place)),
      detach: () => timed(() => alice.DetachVolume({ volumeId })),
      seen: () => seen(way.guest, () => alice.AttachVolume(place)),
    });
    await alice.DetachVolume({ volumeId });
    const of = (step: (typeof STEPS)[number]) => ({ bare: bare[step], whole: whole[step] });
    if (round > 0) measured.push({ attach: of('attach'), seen: of('seen'), detach: of('detach') });
  }
  return measured;

  async function volume(): Promise<string> {
    const made = await alice.CreateVolume({ sizeMiB: 16 });
    await available(() => alice.DescribeVolume({ volumeId: made.volumeId }));
    return made.volumeId;
  }
}

type Ways = Record<(typeof STEPS)[number], () => Promise<number>>;

/** Each after a while: guest and host are at work for some time after a disk has come or gone. */
async function times(ways: Ways): Promise<Record<keyof Ways, number>> {
  const after = async (way: () => Promise<number>) => {
    await delay(QUIET_MS);
    return way();
  };
  const attach = await after(ways.attach);
  const detach = await after(ways.detach);
  return { attach, detach, seen: await after(ways.seen) };
}
