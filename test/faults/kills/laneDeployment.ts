import { type DelegateOptions, Deployment } from '@vbs-lustre/lab/deployment/deployment';
import type { Gate } from '../../support/gate.js';
import { freePorts } from '../../support/ports.js';
import type { Meeting } from './meeting.js';

const PRELOAD = new URL('preload/start.mjs', import.meta.url).href;
export const DELEGATE = 'volume-delegate';
/** The second Volume Delegate. */
export const HELPER = 'volume-helper';
/** So that what nobody answers any more is soon looked after. */
const SETTINGS = {
  ...{ reconcileSeconds: 2, heartbeatSeconds: 2, delegateTimeoutSeconds: 10 },
  warmCloneMarginGiB: 0,
};
const HYPERVISOR_SECONDS = 8;
/** All that are held up are at work. */
const GATED = { blank: 'zero', maxJobs: 100 };
/** Who has room for most orders is given them; others only help. */
const FIRST = { maxQueuedJobs: 1000 };
/** Whoever helps is looked for once, and must not have been silent for three of these. */
const SHARING = { heartbeatSeconds: 4 };

interface LaneServices {
  gate?: Gate | undefined;
  /** Where two Volume Delegates meet that share copies; none: there is one. */
  meeting?: Meeting | undefined;
  /** Of the Volume Delegates. */
  settings?: object | undefined;
}

/** The services of a lane, each of which can be killed at its steps. */
export async function deploymentOf(
  home: string,
  hosts: readonly string[],
  { gate, meeting, settings = gate ? GATED : {} }: LaneServices,
): Promise<Deployment> {
  const ports = await freePorts(3 + hosts.length);
  const env = { NODE_OPTIONS: `--import ${PRELOAD}`, ...gate?.env, ...meeting?.env };
  const delegate = (name: string, own: object): DelegateOptions => ({
    ...{ name, port: ports.pop() as number, env, settings: { ...own } },
  });
  return new Deployment({
    home,
    users: ['ann'],
    frontEndPort: ports.pop() as number,
    frontEndSettings: { ...SETTINGS, ...(meeting && SHARING) },
    frontEndNodeArguments: ['--import', PRELOAD],
    volumeDelegates: [
      delegate(DELEGATE, { ...settings, ...(meeting && FIRST) }),
      ...(meeting ? [delegate(HELPER, settings)] : []),
    ],
    exchange: true,
    vmmDelegates: hosts.map((name) =>
      delegate(name, { hypervisorTimeoutSeconds: HYPERVISOR_SECONDS, guardSeconds: 5 }),
    ),
  });
}
