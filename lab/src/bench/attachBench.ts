import type { LabGuest } from '../agent/labGuest.js';
import type { Deployment, DeploymentOptions } from '../deployment/deployment.js';

/** What is measured: `seen` is an attach until the guest has the disk, which is what a user waits for. */
export const STEPS = ['attach', 'seen', 'detach'] as const;

/** Milliseconds: `bare` by the hypervisor's own means, `whole` through all services. */
export type AttachRound = Record<(typeof STEPS)[number], { bare: number; whole: number }>;

/** One after the other in each round, so that both have the same machine. */
export interface AttachBench {
  name: string;
  delegate: Omit<DeploymentOptions['vmmDelegates'][number], 'port'>;
  /** Boots the guest `vm1`; the bare way attaches a file of the volume directory to it and detaches it. */
  boot(deployment: Deployment): Promise<BareWay>;
}

export interface BareWay {
  attach(file: string): Promise<number>;
  detach(): Promise<number>;
  guest: LabGuest;
  stop(): Promise<void>;
}

const SEEN_MS = 120_000;

/** Milliseconds. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}

/** Milliseconds until the guest, which had no disk, has one. */
export function seen(guest: LabGuest, attach: () => Promise<unknown>): Promise<number> {
  // Its kernel calls them vda, or, on Xen, xvdb.
  const wait = 'while set -- /sys/block/*vd*; [ ! -e "$1" ]; do sleep 0.02; done';
  return timed(() => Promise.all([guest.run(wait, SEEN_MS), attach()]));
}
