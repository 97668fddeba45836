import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { VBSLustreClient } from '@vbs-lustre/client';
import {
  type DelegateOptions,
  Deployment,
  type DeploymentOptions,
  type VmmDelegateOptions,
} from '@vbs-lustre/lab/deployment/deployment';
import { LabVm } from '@vbs-lustre/lab/qemu/labVm';
import { CLAIMS_FOLDER } from '@vbs-lustre/shared/claims';
import type { vbslustre } from '@vbs-lustre/wsdl';
import { freePorts } from './ports.js';
import { pidOf, stopProcess } from './programs.js';

type Delegates = Partial<Omit<VmmDelegateOptions, 'port'>>[];

interface TestbedOptions {
  /** One if absent; several share a PostgreSQL server. */
  frontEnds?: number;
  frontEndSettings?: DeploymentOptions['frontEndSettings'];
  frontEndEnv?: DeploymentOptions['frontEndEnv'];
  /** Where users exchange files with it. */
  exchange?: true;
  /** One named `volume-delegate` if absent. */
  volumeDelegates?: Delegates;
  /** One named `vmm1` if absent. */
  vmmDelegates?: Delegates;
}

/** A deployment of real services on free ports, in a folder of its own. */
export class Testbed {
  readonly deployment: Deployment;
  readonly #vms: LabVm[] = [];
  alice!: VBSLustreClient;
  bob!: VBSLustreClient;

  private constructor(deployment: Deployment) {
    this.deployment = deployment;
  }

  static async start(options: TestbedOptions = {}): Promise<Testbed> {
    const testbed = await Testbed.prepare(options);
    await testbed.deployment.start();
    return testbed;
  }

  /** All but starting the services. */
  static async prepare(options: TestbedOptions = {}): Promise<Testbed> {
    const { frontEnds = 1, volumeDelegates = [{}], vmmDelegates = [{}] } = options;
    const { frontEndSettings, frontEndEnv } = options;
    const ports = await freePorts(frontEnds + volumeDelegates.length + vmmDelegates.length);
    const withPorts = (delegates: Delegates, name: string): DelegateOptions[] =>
      delegates.map((each) => ({ name, ...each, port: ports.pop() as number }));
    const deployment = new Deployment({
      home: await mkdtemp(join(tmpdir(), 'vbs-')),
      users: ['alice', 'bob'],
      frontEndPort: ports.pop() as number,
      otherFrontEndPorts: ports.splice(0, frontEnds - 1),
      volumeDelegates: withPorts(volumeDelegates, 'volume-delegate'),
      vmmDelegates: withPorts(vmmDelegates, 'vmm1'),
      // So that a delegate that a busy machine keeps from announcing itself is not taken for gone.
      frontEndSettings: { heartbeatSeconds: 5, ...frontEndSettings },
      ...(frontEndEnv && { frontEndEnv }),
      ...(options.exchange && { exchange: true }),
    });
    const testbed = new Testbed(deployment);
    await deployment.prepare();
    testbed.alice = await deployment.client('alice');
    testbed.bob = await deployment.client('bob');
    return testbed;
  }

  /** Boots a machine on a host. */
  async boot(name: string, host = 'vmm1'): Promise<LabVm> {
    const { layout } = this.deployment;
    const qmpDirectory = layout.vms(host);
    const vm = await LabVm.start({ name, qmpDirectory, stateDirectory: layout.state(name) });
    this.#vms.push(vm);
    return vm;
  }

  async stop(): Promise<void> {
    await Promise.all(this.#vms.map((vm) => vm.stop()));
    await this.deployment.stop();
    await this.deployment.erase();
  }

  /** All names in the volume directory, those of parts and claims included. */
  async files(): Promise<string[]> {
    const names = await readdir(this.deployment.layout.volumes, { recursive: true });
    return names.filter((name) => name !== CLAIMS_FOLDER).sort();
  }

  /** A volume of alice's that is available. */
  async volume(sizeMiB = 16): Promise<string> {
    const { volumeId } = await this.alice.CreateVolume({ sizeMiB });
    await this.settled(volumeId);
    return volumeId;
  }

  /** A volume of alice's whose dd (`blank` is `zero`) is stopped (SIGSTOP): on a busy machine, dd may have ended before it is found. */
  async volumeWithStoppedDd(): Promise<{ volumeId: string; pid: number }> {
    for (;;) {
      const { volumeId } = await this.alice.CreateVolume({ size: 1 });
      const pid = await until('dd runs, or has ended', async () => {
        const found = pidOf('dd', volumeId);
        const { status } = await this.alice.DescribeVolume({ volumeId });
        return status === 'pending' ? found : 'ended';
      });
      if (pid !== 'ended' && (await stopProcess(pid))) return { volumeId, pid };
      await this.settled(volumeId);
      await this.alice.DeleteVolume({ volumeId });
      await this.deletionsEnd();
    }
  }

  /** Waits for the end of all deletions of alice's: one that takes long is answered before that. */
  async deletionsEnd(): Promise<void> {
    await until('nothing is being deleted', async () => {
      const { volumeSet } = await this.alice.DescribeVolumes({});
      const { snapshotSet } = await this.alice.DescribeSnapshots({});
      const all = [...volumeSet.item, ...snapshotSet.item];
      return all.every(({ status }) => status !== 'deleting') || undefined;
    });
  }

  /** A volume of alice's when it is no longer pending or modifying. */
  async settled(volumeId: string): Promise<vbslustre.Volume> {
    return until(`${volumeId} has settled`, async () => {
      const volume = await this.alice.DescribeVolume({ volumeId });
      const isUnderWay = volume.status === 'pending' || volume.modificationState === 'modifying';
      return isUnderWay ? undefined : volume;
    });
  }
}

/** Waits until `look` sees something. @throws {Error} after three minutes, or what else is set */
export async function until<T>(
  what: string,
  look: () => Promise<T | undefined>,
  limitMs = 180_000,
): Promise<T> {
  const deadline = Date.now() + limitMs;
  while (Date.now() < deadline) {
    const seen = await look();
    if (seen !== undefined) return seen;
    await delay(50);
  }
  throw new Error(`waited for ${limitMs / 1000} s until ${what}`);
}

/** Does something again and again while it is `Unavailable`, as a client would: delegates were not heard of for a while. */
export function whenAvailable<T>(work: () => Promise<T>, limitMs?: number): Promise<T> {
  const attempt = () =>
    work().catch((error) => {
      if (error.code === 'Unavailable') return undefined;
      throw error;
    });
  return until('it is available', attempt, limitMs);
}

/** Also after whoever still writes there: somebody who is being killed, say. */
export async function remove(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true, maxRetries: 9 });
}
