import { cached } from '@vbs-lustre/shared/monitor/cached';
import { METRICS } from '@vbs-lustre/shared/monitor/catalogue';
import type { Metrics } from '@vbs-lustre/shared/monitor/metrics';
import type { Room } from './announcement.js';
import type { Jobs } from './jobs/jobs.js';
import type { RunHere } from './runIn.js';
import type { MirrorWatch } from './storage/mirrorWatch.js';

const LOOK_AGAIN_MS = 10_000;

/** Adds what is measured of a Volume Delegate. */
export function measure(
  jobs: Jobs,
  room: Room,
  sizeBytes: () => Promise<number>,
  metrics: Metrics,
) {
  const lanes = Object.entries(jobs.lanes);
  metrics.gauge(METRICS.jobsRunning, () =>
    lanes.map(([kind, { activeCount }]) => ({ labels: { kind }, value: activeCount })),
  );
  metrics.gauge(METRICS.jobsWaiting, () =>
    lanes.map(([kind, { pendingCount }]) => ({ labels: { kind }, value: pendingCount })),
  );
  metrics.gauge(METRICS.available, () => [{ value: room.availableBytes }]);
  const size = cached(sizeBytes, LOOK_AGAIN_MS);
  metrics.gauge(METRICS.size, async () => [{ value: await size() }]);
}

/** Adds how the mirrors of files are, on Lustre. */
export function measureMirrors(watch: Pick<MirrorWatch, 'counts'>, metrics: Metrics): void {
  metrics.gauge(METRICS.mirrored, () =>
    Object.entries(watch.counts).map(([state, value]) => ({ labels: { state }, value })),
  );
}

/** Of the file system that the volume directory lies on, Lustre or not. @throws {CommandError} */
export async function sizeOf(run: RunHere, stat: string): Promise<number> {
  const { stdout } = await run(stat, ['-f', '-c', '%S %b', '.']);
  const [blockSize, blocks] = stdout.trim().split(' ').map(Number);
  return Number(blockSize) * Number(blocks);
}
