import { appendFile, mkdir, readFile, rm, stat, symlink } from 'node:fs/promises';
import { dirname, relative } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Deployment } from '../deployment/deployment.js';
import { XEN_CONFIG } from '../deployment/xenSettings.js';
import { prepareDelegateDisk } from './delegateDisk.js';
import { XenHost } from './xenHost.js';

const PROGRAM = '/opt/vbs-lustre/node_modules/.bin/vmm-delegate';
const FOLDER = '/etc/vbs-lustre';
const READY_MS = 600_000;
const POLL_MS = 200;

/** A Xen host of a deployment, and the VMM Delegate in its control domain. */
export class XenDelegate {
  readonly host: XenHost;
  readonly #deployment: Deployment;

  private constructor(host: XenHost, deployment: Deployment) {
    this.host = host;
    this.#deployment = deployment;
  }

  /** Boots the host whose name is that of a VMM Delegate of the deployment; the delegate is started by {@link start}. */
  static async boot(
    deployment: Deployment,
    name: string,
    guests: readonly string[],
  ): Promise<XenDelegate> {
    const { layout, options } = deployment;
    const delegate = options.vmmDelegates.find((each) => each.name === name);
    if (!delegate?.isOnXen) throw new Error(`${name} is no Xen host of the deployment`);
    await mkdir(layout.volumes, { recursive: true });
    const host = await XenHost.start({
      ...{ name, guests, volumes: layout.volumes, settings: layout.xenSettings(name) },
      stateDirectory: layout.xenHost(name),
      delegateDisk: await prepareDelegateDisk(),
      delegatePort: delegate.port,
    });
    return new XenDelegate(host, deployment);
  }

  /** Starts the delegate, and waits until a front end has heard of it. @throws {Error} with its last words if none does */
  async start(): Promise<void> {
    await this.#makeLog();
    const { size } = await stat(this.logFile);
    await this.host.must(
      `${PROGRAM} --config ${FOLDER}/${XEN_CONFIG} >>${FOLDER}/log 2>&1 & echo $! >/run/vmm-delegate.pid`,
    );
    const until = Date.now() + READY_MS;
    for (;;) {
      const log = (await readFile(this.logFile)).subarray(size).toString();
      if (log.includes('"announced')) return;
      if (Date.now() > until) {
        throw new Error(
          `The VMM Delegate on ${this.host.name} was not heard:\n${log.slice(-2000)}`,
        );
      }
      await delay(POLL_MS);
    }
  }

  /** Where its control domain writes it, and, by a link, where the logs of all services are. */
  async #makeLog(): Promise<void> {
    const link = this.#deployment.layout.log(this.host.name);
    await appendFile(this.logFile, '');
    await rm(link, { force: true });
    await symlink(relative(dirname(link), this.logFile), link);
  }

  /** SIGKILL: it has no time for anything. */
  async kill(): Promise<void> {
    await this.host.must('kill -9 "$(cat /run/vmm-delegate.pid)"');
  }

  get logFile(): string {
    return `${this.#deployment.layout.xenSettings(this.host.name)}/log`;
  }
}
