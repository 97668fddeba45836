import { copyFile, mkdir, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { prepareDelegateDisk } from '@vbs-lustre/lab/xen/delegateDisk';
import { DELEGATE_PORT } from '@vbs-lustre/lab/xen/xenArguments';
import type { XenGuest } from '@vbs-lustre/lab/xen/xenGuest';
import { XenHost } from '@vbs-lustre/lab/xen/xenHost';
import type { Hypervisor } from '../../../services/vmm-delegate/src/hypervisors/driver.js';
import type { XenOptions } from '../../../services/vmm-delegate/src/hypervisors/xen.js';
import { freePorts } from '../../support/ports.js';
import type { HypervisorBench, VmName } from '../bench.js';
import { LONG_MS } from '../site.js';
import { RemoteHypervisor } from './remoteHypervisor.js';

const PROGRAM = fileURLToPath(new URL('serve-driver.mjs', import.meta.url));
/** As an operator would have installed it. */
export const DRIVER =
  '/opt/vbs-lustre/node_modules/@vbs-lustre/vmm-delegate/dist/hypervisors/xen.js';
const PID = '/run/driver.pid';
const POLL_MS = 200;

/** A Xen host, with the driver in its control domain: the very code that is delivered, real xl and real xenstore. */
export class XenBench implements HypervisorBench {
  readonly host: XenHost;
  readonly hypervisor: Hypervisor;
  readonly hasForce = true;
  readonly hasCopier = true;
  readonly folder: { here: string; there: string };
  readonly uuidScript = 'cat /sys/hypervisor/uuid';
  readonly #home: string;

  private constructor(home: string, host: XenHost, port: number) {
    this.#home = home;
    this.host = host;
    this.folder = { here: join(home, 'volumes'), there: '/volumes' };
    this.hypervisor = new RemoteHypervisor('xen', `http://127.0.0.1:${port}`);
  }

  /** Boots the host and starts the driver in its control domain. */
  static async boot(): Promise<XenBench> {
    const home = await mkdtemp(join(tmpdir(), 'vbs-'));
    const [volumes, settings] = [join(home, 'volumes'), join(home, 'settings')];
    for (const folder of [volumes, settings]) await mkdir(folder);
    await copyFile(PROGRAM, join(settings, 'serve-driver.mjs'));
    const [delegatePort = 0] = await freePorts(1);
    const host = await XenHost.start({
      ...{ name: 'xen1', stateDirectory: join(home, 'state'), volumes, settings },
      ...{ guests: ['vm1', 'vm2'], delegateDisk: await prepareDelegateDisk(), delegatePort },
    });
    const bench = new XenBench(home, host, delegatePort);
    try {
      await bench.startDriver();
      return bench;
    } catch (error) {
      await bench.stop();
      throw error;
    }
  }

  /** xl itself gives a guest ten seconds. */
  get impatient(): Hypervisor {
    return this.hypervisor;
  }

  start(name: VmName): Promise<XenGuest> {
    return this.host.startGuest(name);
  }

  async pause(name: VmName): Promise<void> {
    await this.host.must(`xl pause ${name}`);
  }

  async resume(name: VmName): Promise<void> {
    await this.host.must(`xl unpause ${name}`);
  }

  /** Behind each file there is a loop device. */
  async heldFiles(): Promise<string[]> {
    const output = await this.host.must('losetup --list --noheadings --output BACK-FILE');
    return output.split('\n').filter((line) => line !== '');
  }

  async stop(): Promise<void> {
    await this.host.stop();
    await rm(this.#home, { recursive: true });
  }

  /** @param other options of the driver */
  async startDriver(other: XenOptions = {}): Promise<void> {
    const options = JSON.stringify({ timeoutMs: 2 * LONG_MS, maxPauseMs: LONG_MS, ...other });
    const command = `/etc/vbs-lustre/serve-driver.mjs ${DRIVER} ${DELEGATE_PORT} '${options}'`;
    await this.host.must(`node ${command} >/etc/vbs-lustre/driver.log 2>&1 & echo $! >${PID}`);
    const until = Date.now() + LONG_MS;
    while (!(await this.hypervisor.look().catch(() => undefined))) {
      if (Date.now() > until) throw new Error(`the driver is not there: ${await this.#log()}`);
      await delay(POLL_MS);
    }
  }

  /** SIGKILL: it has no time for anything. */
  async killDriver(): Promise<void> {
    await this.host.must(`kill -9 "$(cat ${PID})"`);
  }

  #log(): Promise<string> {
    return readFile(join(this.#home, 'settings/driver.log'), 'utf8');
  }
}
