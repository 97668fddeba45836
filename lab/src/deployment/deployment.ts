import { mkdir, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { connectVBSLustre, fromFiles, type VBSLustreClient } from '@vbs-lustre/client';
import { PostgresServer } from '../postgres/postgresServer.js';
import { ADMINISTRATOR, ensureCertificates, serviceSubject } from './certificates.js';
import { Layout } from './layout.js';
import { type ServiceOptions, ServiceProcess } from './service.js';
import {
  type DelegateOptions,
  frontEndSettings,
  type Settings,
  type VmmDelegateOptions,
  vmmDelegateSettings,
  volumeDelegateSettings,
} from './settings.js';
import { writeXenSettings } from './xenSettings.js';

export type { DelegateOptions, VmmDelegateOptions };

export interface DeploymentOptions {
  home: string;
  /** Beside the administrator. */
  users: readonly string[];
  frontEndPort: number;
  /** More front ends, `vbslustre-2` and so on, which share a PostgreSQL server with the first, `vbslustre`. */
  otherFrontEndPorts?: readonly number[];
  frontEndSettings?: Settings;
  /** For the front end's node itself. */
  frontEndNodeArguments?: readonly string[];
  /** Variables of single front ends, by their names in this deployment. */
  frontEndEnv?: Readonly<Record<string, Readonly<Record<string, string>>>>;
  volumeDelegates: readonly DelegateOptions[];
  /** Whether users exchange files with it: then its volumes lie where it puts them. */
  exchange?: true;
  /** The name of each is that of its host. */
  vmmDelegates: readonly VmmDelegateOptions[];
}

const DATABASE = 'vbs';

/** All services of VBS-Lustre on one machine, each a process of its own with its own configuration file. */
export class Deployment {
  readonly layout: Layout;
  readonly options: DeploymentOptions;
  readonly #services = new Map<string, ServiceProcess>();
  #postgres: PostgresServer | undefined;

  constructor(options: DeploymentOptions) {
    this.options = options;
    this.layout = new Layout(options.home);
  }

  get url(): string {
    return urlOf(this.options.frontEndPort);
  }

  /** The server that several front ends share. */
  get postgres(): PostgresServer {
    if (!this.#postgres) throw new Error('there is no PostgreSQL server');
    return this.#postgres;
  }

  /** The front ends' ports by their names in this deployment. */
  get frontEnds(): ReadonlyMap<string, number> {
    const { frontEndPort, otherFrontEndPorts = [] } = this.options;
    return new Map([
      ['vbslustre', frontEndPort],
      ...otherFrontEndPorts.map((port, index): [string, number] => [
        `vbslustre-${index + 2}`,
        port,
      ]),
    ]);
  }

  /** Makes what is missing and starts every service. @throws {Error} a sentence for a person */
  async start(): Promise<void> {
    await this.prepare();
    for (const options of this.#serviceOptions()) await this.#start(options);
  }

  /** Certificates, folders and configuration files, and the PostgreSQL server, if one is needed. */
  async prepare(): Promise<void> {
    const { layout, options } = this;
    const services = [
      { name: 'vbslustre', unit: 'services' as const },
      ...options.volumeDelegates.map(({ name }) => ({ name, unit: 'volume-delegates' as const })),
      ...options.vmmDelegates.map(({ name }) => ({ name, unit: 'vmm-delegates' as const })),
    ];
    await mkdir(layout.home, { recursive: true, mode: 0o700 });
    await ensureCertificates(layout, services, [...options.users, ADMINISTRATOR]);
    await mkdir(layout.volumes, { recursive: true, mode: 0o700 });
    if (options.exchange) await mkdir(layout.exchange, { recursive: true, mode: 0o700 });
    const database = await this.#ensureDatabase();
    for (const [name, port] of this.frontEnds) {
      await this.#write(name, frontEndSettings(layout, port, database, options.frontEndSettings));
    }
    // Any front end may be told anything.
    const callbacks = [...this.frontEnds.values()].map((port) => `${urlOf(port)}/callback`);
    for (const each of options.volumeDelegates) {
      await this.#write(
        each.name,
        volumeDelegateSettings(layout, each, callbacks, options.exchange),
      );
    }
    for (const each of options.vmmDelegates) {
      if (each.isOnXen) {
        await writeXenSettings(layout, each, [...this.frontEnds.values()]);
        continue;
      }
      await mkdir(layout.vms(each.name), { recursive: true, mode: 0o700 });
      await this.#write(each.name, vmmDelegateSettings(layout, each, callbacks));
    }
  }

  /** Stops every service, the front ends first, and the PostgreSQL server. */
  async stop(): Promise<void> {
    for (const service of this.#services.values()) await service.stop();
    this.#services.clear();
    await this.#postgres?.stop();
    this.#postgres = undefined;
  }

  /** A running service by its name in this deployment; the first front end is `vbslustre`. */
  service(name: string): ServiceProcess {
    const service = this.#services.get(name);
    if (!service) throw new Error(`${name} does not run`);
    return service;
  }

  /**
   * Starts a service that was stopped or killed, and waits until it works with the others that run.
   * @param waits false: it may be that it can't, because another one stands still
   */
  async restart(name: string, { waits = true } = {}): Promise<void> {
    const options = this.#serviceOptions().find((each) => each.name === name);
    if (!options) throw new Error(`there is no ${name}`);
    await this.#start(options, waits);
  }

  /** A client of one front end that signs as this user and believes front ends alone. */
  async client(user: string, frontEnd = 'vbslustre', timeoutMs?: number): Promise<VBSLustreClient> {
    const { pki } = this.layout;
    return connectVBSLustre(
      await fromFiles({
        url: urlOf(this.frontEnds.get(frontEnd) as number),
        certificate: `${pki}/${user}.crt`,
        privateKey: `${pki}/${user}.key`,
        authority: `${pki}/ca.crt`,
        service: serviceSubject('vbslustre'),
        ...(timeoutMs !== undefined && { timeoutMs }),
      }),
    );
  }

  /** Removes everything that a deployment in this folder has made, also after whoever is being killed and still writes there. */
  async erase(): Promise<void> {
    const options = { recursive: true, force: true, maxRetries: 9 };
    await rm(this.layout.home, options);
    await rm(this.layout.postgres, options);
  }

  async #start(options: ServiceOptions, waits = true): Promise<void> {
    const service = await ServiceProcess.start(options);
    this.#services.set(options.name, service);
    if (waits) await this.#waitUntilHeard(service);
  }

  /** Until a delegate was heard by the front end, or the front end has heard all delegates. */
  async #waitUntilHeard(service: ServiceProcess): Promise<void> {
    const running = [...this.#services.values()].filter((each) => each.isRunning);
    if (service.options.kind !== 'vbslustre') {
      const isHeard = running.some(({ options }) => options.kind === 'vbslustre');
      if (isHeard) await service.waitForLog('announced');
      return;
    }
    for (const { options } of running) {
      if (options.kind === 'vbslustre') continue;
      await service.waitForLog('a delegate is here', { name: options.name });
    }
  }

  #serviceOptions(): ServiceOptions[] {
    const { volumeDelegates, vmmDelegates, frontEndNodeArguments, frontEndEnv } = this.options;
    const option = (kind: ServiceOptions['kind'], { name, port, env }: DelegateOptions) => ({
      name,
      kind,
      port,
      configFile: this.layout.config(name),
      logFile: this.layout.log(name),
      ...(env && { env }),
    });
    return [
      ...[...this.frontEnds].map(([name, port]) => ({
        ...option('vbslustre', {
          name,
          port,
          ...(frontEndEnv?.[name] && { env: frontEndEnv[name] }),
        }),
        ...(frontEndNodeArguments && { nodeArguments: frontEndNodeArguments }),
      })),
      ...volumeDelegates.map((each) => option('volume-delegate', each)),
      ...vmmDelegates.filter(({ isOnXen }) => !isOnXen).map((each) => option('vmm-delegate', each)),
    ];
  }

  /** What the front ends keep their metadata in. */
  async #ensureDatabase(): Promise<string> {
    if (this.frontEnds.size === 1) return this.layout.database;
    this.#postgres ??= await PostgresServer.start(this.layout.postgres);
    await this.#postgres.ensureDatabase(DATABASE);
    return this.#postgres.url(DATABASE);
  }

  async #write(name: string, settings: Settings): Promise<void> {
    const file = this.layout.config(name);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, `${JSON.stringify(settings, null, 2)}\n`);
  }
}

function urlOf(port: number): string {
  return `https://127.0.0.1:${port}/vbslustre`;
}
