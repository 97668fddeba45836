import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { VBSLustreClient } from '@vbs-lustre/client';
import { type DelegateOptions, Deployment } from '@vbs-lustre/lab/deployment/deployment';
import { LabVm } from '@vbs-lustre/lab/qemu/labVm';
import { freePorts } from '../../support/ports.js';
import { compileSealed, installSealed } from '../sealed/guest.js';
import { MessageFaults } from './messageFaults.js';
import { Recorder } from './recorder.js';

export interface Machine {
  name: string;
  host: string;
}

/** A machine that lost its power, at a time of `performance.now()`. */
export interface Crash {
  machine: string;
  at: number;
}

interface WorldOptions {
  users: readonly string[];
  machines: readonly Machine[];
  /** Whether everyone gives up soon: else only a message that is lost is waited for in vain. */
  impatient: boolean;
}

const FRONT_ENDS = 2;
const HOSTS = ['vmm1', 'vmm2'];
const VOLUME_DELEGATES = ['volume-delegate-a', 'volume-delegate-b'];
/** A client gives up while a front end still works on its request, and that while a delegate still does. */
const IMPATIENT = {
  ...{ clientMs: 15_000, delegateSeconds: 10, hypervisorSeconds: 6, heartbeatSeconds: 2 },
};
const PATIENT = {
  ...{ clientMs: 120_000, delegateSeconds: 90, hypervisorSeconds: 60, heartbeatSeconds: 5 },
};

/** A whole deployment with machines, everything meddled with by one hand. */
export class World {
  readonly deployment: Deployment;
  readonly machines: readonly Machine[];
  readonly messages: MessageFaults;
  readonly recorder: Recorder;
  /** What a guest was doing then has failed with it, and what it had attached is not any more. */
  readonly crashes: Crash[] = [];
  readonly #vms = new Map<string, Promise<LabVm>>();
  readonly #sealed = compileSealed();
  readonly #clientTimeoutMs: number;

  private constructor(deployment: Deployment, { machines, impatient }: WorldOptions) {
    this.deployment = deployment;
    this.machines = machines;
    this.#clientTimeoutMs = (impatient ? IMPATIENT : PATIENT).clientMs;
    const { volumeDelegates, vmmDelegates } = deployment.options;
    const names = [
      ...[...deployment.frontEnds].map(([name, port]) => [port, name]),
      ...[...volumeDelegates, ...vmmDelegates].map(({ port, name }) => [port, name]),
    ];
    this.messages = new MessageFaults(deployment.layout.home, Object.fromEntries(names));
    this.recorder = new Recorder(deployment.layout.volumes);
  }

  static async start(options: WorldOptions): Promise<World> {
    const limits = options.impatient ? IMPATIENT : PATIENT;
    const { delegateSeconds, hypervisorSeconds, heartbeatSeconds } = limits;
    const ports = await freePorts(FRONT_ENDS + VOLUME_DELEGATES.length + HOSTS.length);
    const delegates = (names: string[], settings: object): DelegateOptions[] =>
      names.map((name) => ({ name, port: ports.pop() as number, settings: { ...settings } }));
    const deployment = new Deployment({
      home: await mkdtemp(join(tmpdir(), 'vbs-faults-')),
      users: options.users,
      frontEndPort: ports.pop() as number,
      otherFrontEndPorts: ports.splice(0, FRONT_ENDS - 1),
      frontEndSettings: {
        ...{ reconcileSeconds: 1, heartbeatSeconds, delegateTimeoutSeconds: delegateSeconds },
      },
      volumeDelegates: delegates(VOLUME_DELEGATES, {}),
      exchange: true,
      vmmDelegates: delegates(HOSTS, { hypervisorTimeoutSeconds: hypervisorSeconds }),
    });
    await deployment.prepare();
    const world = new World(deployment, options);
    Object.assign(process.env, world.messages.env);
    await deployment.start();
    await Promise.all(world.machines.map((machine) => world.boot(machine)));
    return world;
  }

  /** The names of all services. */
  get services(): string[] {
    return [...this.deployment.frontEnds.keys(), ...VOLUME_DELEGATES, ...HOSTS];
  }

  /** A machine as it is now; one that is being started is waited for. */
  vm(name: string): Promise<LabVm> {
    return this.#vms.get(name) as Promise<LabVm>;
  }

  /** Starts a machine (anew): another one of the same name. */
  async boot(machine: Machine): Promise<void> {
    const starting = this.#boot(machine);
    this.#vms.set(machine.name, starting);
    await starting;
  }

  async #boot({ name, host }: Machine): Promise<LabVm> {
    const { layout } = this.deployment;
    const options = { name, qmpDirectory: layout.vms(host), stateDirectory: layout.state(host) };
    // While the guest still boots, a VMM Delegate may attach disks already.
    const watching = this.recorder.watch(name, host, join(options.stateDirectory, `${name}.watch`));
    const [vm] = await Promise.all([LabVm.start(options), watching]);
    await installSealed(vm, this.#sealed);
    return vm;
  }

  async crash({ name }: Machine): Promise<void> {
    const vm = await this.vm(name);
    this.crashes.push({ machine: vm.name, at: performance.now() });
    await vm.crash();
  }

  /** One client of each front end. */
  clients(user: string): Promise<VBSLustreClient[]> {
    const names = [...this.deployment.frontEnds.keys()];
    return Promise.all(
      names.map((name) => this.deployment.client(user, name, this.#clientTimeoutMs)),
    );
  }

  /** @param keep the logs and everything else, to be looked into */
  async stop(keep: boolean): Promise<void> {
    for (const name of Object.keys(this.messages.env)) delete process.env[name];
    await this.recorder.stop();
    await Promise.all([...this.#vms.values()].map(async (vm) => (await vm).stop()));
    await this.deployment.stop();
    if (keep) console.log(`Everything is kept in ${this.deployment.layout.home}`);
    else await this.deployment.erase();
  }
}
