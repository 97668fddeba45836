import type { Deployment, DeploymentOptions } from '../deployment/deployment.js';

/** What one attach and one detach take, in milliseconds: `bare` by the hypervisor's own means, `whole` through all services. */
export interface AttachRound {
  bareAttach: number;
  bareDetach: number;
  wholeAttach: number;
  wholeDetach: number;
}

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
  stop(): Promise<void>;
}

/** Milliseconds. */
export async function timed(work: () => Promise<unknown>): Promise<number> {
  const started = performance.now();
  await work();
  return performance.now() - started;
}
