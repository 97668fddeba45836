import type { vbslustreAdmin } from '@vbs-lustre/wsdl';
import { roughSize, time } from '../output/units.js';
import { certificateFindings, clockFindings, type Finding, note, wrong } from './finding.js';

type Delegate = vbslustreAdmin.Delegate;

const LITTLE_BYTES = 10 * 1024 ** 3;

export function delegateFindings(delegates: readonly Delegate[], now: Date): Finding[] {
  const takesVolumes = delegates.some((each) => each.kind === 'volume' && isReady(each));
  const nobody = wrong(
    'Volume Delegates',
    'none is alive that takes orders: nothing can be made or deleted',
    'start or undrain one',
  );
  return [...(takesVolumes ? [] : [nobody]), ...delegates.flatMap((each) => findings(each, now))];
}

function isReady({ status, draining, drained }: Delegate): boolean {
  return status === 'alive' && !draining && !drained;
}

function findings(delegate: Delegate, now: Date): Finding[] {
  const { kind, name, status, lastSeenTime, draining, drained } = delegate;
  const about = `${kind} delegate ${name}`;
  if (status !== 'alive') {
    const problem = `it was not heard of since ${time(lastSeenTime)}`;
    // So it is said that it is not to come back.
    if (drained)
      return [note(about, `it is drained, and ${problem}`, 'nothing, if it was removed')];
    return [
      wrong(
        about,
        problem,
        `start it, or look at its log; if it was removed: vbs admin drain ${name}`,
      ),
    ];
  }
  const ends = certificateFindings(about, delegate.certificateEndTime, now);
  const clock = clockFindings(about, delegate.clockAheadMs, 'the front end’s');
  const space = kind === 'volume' ? spaceFindings(about, delegate.availableBytes ?? 0) : [];
  if (drained)
    return [...ends, ...clock, ...space, note(about, 'it is drained', `vbs admin undrain ${name}`)];
  if (!draining) return [...ends, ...clock, ...space];
  return [...ends, ...clock, ...space, note(about, 'it drains', 'restart it if it is to go on')];
}

function spaceFindings(about: string, bytes: number): Finding[] {
  if (bytes >= LITTLE_BYTES) return [];
  const remedy = 'make space in the volume directory, or enlarge it';
  if (bytes > 0) return [note(about, `only ${roughSize(bytes)} can be promised`, remedy)];
  return [wrong(about, 'there is no space, or it cannot be told', remedy)];
}
