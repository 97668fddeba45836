import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
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

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '7' },
    only: { type: 'string' },
    port: { type: 'string', default: '17443' },
  },
});
for (const bench of [benchXen, benchQemu]) {
  if (values.only === undefined || values.only === bench.name) {
    reportAttach(bench.name, await run(bench, Number(values.rounds), Number(values.port)));
  }
}

async function run(bench: AttachBench, rounds: number, port: number): Promise<AttachRound[]> {
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
  try {
    await deployment.start();
    way = await bench.boot(deployment);
    return await measure(deployment, bench.delegate.name, way, rounds);
  } finally {
    await way?.stop();
    await deployment.stop();
    await deployment.erase();
  }
}

async function measure(
  deployment: Deployment,
  vmm: string,
  way: BareWay,
  rounds: number,
): Promise<AttachRound[]> {
  const alice = await deployment.client('alice');
  const volumeId = await volume();
  const other = await volume();
  const measured: AttachRound[] = [];
  const place = { volumeId, instanceId: 'vm1', vmm, device: 'xvdb', attachMode: 'w' as const };
  // The first round is for what is done once: connections, code that is compiled.
  for (let round = 0; round <= rounds; round += 1) {
    const bare = {
      attach: await way.attach(other),
      detach: await way.detach(),
      seen: await seen(way.guest, () => way.attach(other)),
    };
    await way.detach();
    const whole = {
      attach: await timed(() => alice.AttachVolume(place)),
      detach: await timed(() => alice.DetachVolume({ volumeId })),
      seen: await seen(way.guest, () => alice.AttachVolume(place)),
    };
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
