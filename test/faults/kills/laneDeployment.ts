import { type DelegateOptions, Deployment } from '@vbs-lustre/lab/deployment/deployment';
import type { Gate } from '../../support/gate.js';
import { freePorts } from '../../support/ports.js';

const PRELOAD = new URL('preload/start.mjs', import.meta.url).href;
export const DELEGATE = 'volume-delegate';
/** So that what nobody answers any more is soon looked after. */
const SETTINGS = {
  ...{ reconcileSeconds: 2, heartbeatSeconds: 2, delegateTimeoutSeconds: 10 },
  warmCloneMarginGiB: 0,
};
const HYPERVISOR_SECONDS = 8;
/** All that are held up are at work. */
const GATED = { blank: 'zero', maxJobs: 100 };

/** The services of a lane, each of which can be killed at its steps. @param settings of the Volume Delegate */
export async function deploymentOf(
  home: string,
  hosts: readonly string[],
  gate: Gate | undefined,
  settings: object = gate ? GATED : {},
): Promise<Deployment> {
  const ports = await freePorts(2 + hosts.length);
  const env = { NODE_OPTIONS: `--import ${PRELOAD}`, ...gate?.env };
  const delegate = (name: string, own: object): DelegateOptions => ({
    ...{ name, port: ports.pop() as number, env, settings: { ...own } },
  });
  return new Deployment({
    home,
    users: ['ann'],
    frontEndPort: ports.pop() as number,
    frontEndSettings: SETTINGS,
    frontEndNodeArguments: ['--import', PRELOAD],
    volumeDelegates: [delegate(DELEGATE, settings)],
    exchange: true,
    vmmDelegates: hosts.map((name) =>
      delegate(name, { hypervisorTimeoutSeconds: HYPERVISOR_SECONDS, guardSeconds: 5 }),
    ),
  });
}
