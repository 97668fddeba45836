import { cached } from '@vbs-lustre/shared/monitor/cached';
import { METRICS } from '@vbs-lustre/shared/monitor/catalogue';
import type { Metrics, Sample } from '@vbs-lustre/shared/monitor/metrics';
import type { FrontEnd } from './frontEnd.js';
import { type Count, countStates } from './metadata/counts.js';
import { ACTIONS, onEvent } from './metadata/events.js';

/** However many scrape, and how often. */
const COUNT_AGAIN_MS = 5_000;

const FILES = ['pending', 'available', 'deleting', 'failed'];
const DELEGATES = ['alive', 'draining', 'silent'];

/** Adds what is measured of a front end, and of what all front ends share: each shows the same of that. */
export function measure(frontEnd: FrontEnd, leads: () => boolean, metrics: Metrics): void {
  const { database, volumeDelegates } = frontEnd;
  const { aliveSeconds } = volumeDelegates.roster;
  const counts = cached(() => countStates(database, aliveSeconds), COUNT_AGAIN_MS);
  // What there is none of is 0, so that a rule can be made of it.
  const samples = async (what: Count['what'], states: string[]): Promise<Sample[]> => {
    const found = (await counts()).filter((each) => each.what === what);
    const of = (state: string) => found.find((each) => each.state === state)?.count ?? 0;
    return states.map((state) => ({ labels: { state }, value: of(state) }));
  };
  metrics.gauge(METRICS.volumes, () => samples('volumes', [...FILES, 'in-use']));
  metrics.gauge(METRICS.warmClones, () => samples('warm clones', FILES));
  metrics.gauge(METRICS.snapshots, () => samples('snapshots', FILES));
  metrics.gauge(METRICS.attachments, () =>
    samples('attachments', ['attaching', 'attached', 'detaching']),
  );
  metrics.gauge(METRICS.delegates, async () => {
    const ofKind = async (kind: 'volume' | 'vmm') =>
      (await samples(kind, DELEGATES)).map(({ labels, value }) => ({
        labels: { kind, ...labels },
        value,
      }));
    return [...(await ofKind('volume')), ...(await ofKind('vmm'))];
  });
  metrics.gauge(METRICS.leads, () => [{ value: Number(leads()) }]);
  const events = metrics.counter(METRICS.events);
  for (const action of ACTIONS) events.inc({ action }, 0);
  onEvent((action) => events.inc({ action }));
}
