import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { serveGuestShell } from './agent/guestShell.js';
import type { LabGuest } from './agent/labGuest.js';
import { Deployment, type VmmDelegateOptions } from './deployment/deployment.js';
import type { Layout } from './deployment/layout.js';
import type { Settings } from './deployment/settings.js';
import { printAddresses } from './job/addresses.js';
import { detachLeftovers } from './job/leftovers.js';
import { runMainJob } from './job/mainJob.js';
import { Narrator } from './job/narrator.js';

export interface Lab {
  /** As a person types it. */
  command: string;
  /** Where everything is kept, unless VBS_HOME says otherwise. */
  home: string;
  /** The host of the virtual machines. */
  vmm: Omit<VmmDelegateOptions, 'port'>;
  frontEndSettings?: Settings;
  /** Starts what is not there yet: two guests vm1 and vm2 on the host. Gives each thing to `started` at once, to be stopped. */
  boot(deployment: Deployment, tell: Narrator, started: Started): Promise<[LabGuest, LabGuest]>;
}

export type Started = (thing: { stop(): Promise<unknown> }) => void;

/** Runs the main job in a lab, for a person who looks on; stays up then, unless told otherwise. */
export async function runLab(lab: Lab): Promise<void> {
  const { once, fresh, port } = readArguments(lab.command);
  const tell = new Narrator();
  const deployment = new Deployment({
    home: resolve(process.env.VBS_HOME ?? lab.home),
    users: ['alice', 'bob'],
    frontEndPort: port,
    volumeDelegates: [{ name: 'volume-delegate', port: port + 1 }],
    vmmDelegates: [{ ...lab.vmm, port: port + 2 }],
    exchange: true,
    ...(lab.frontEndSettings && { frontEndSettings: lab.frontEndSettings }),
  });
  const things: { stop(): Promise<unknown> }[] = [];
  let ending: Promise<void> | undefined;
  const end = () => {
    ending ??= (async () => {
      await Promise.allSettled(things.map((thing) => thing.stop()));
      await deployment.stop();
      console.log('Everything is stopped.');
    })();
    return ending;
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    // Not `once`: while a program runs, execa listens too, and ends the process when nobody else is left that does.
    process.on(signal, () => void end().then(() => process.exit(once ? 1 : 0)));
  }
  try {
    if (fresh) await deployment.erase();
    const kept = existsSync(deployment.layout.database);
    tell.heading(
      `VBS-Lustre in ${deployment.layout.home}${kept ? ' (as the last run left it)' : ''}`,
    );
    const vms = await lab.boot(deployment, tell, (thing) => things.push(thing));
    await runJob(deployment, lab.vmm.name, vms, tell);
    if (once) return await end();
    things.push(...(await serveShells(deployment.layout, vms)));
    printAddresses(deployment, lab.vmm.name, vms);
  } catch (error) {
    // When everything is being stopped, what is under way breaks off.
    if (ending) return;
    process.exitCode = 1;
    console.error(
      `\nFailed: ${(error as Error).message}\nThe logs are in ${deployment.layout.home}/log.`,
    );
    await end();
  }
}

async function runJob(
  deployment: Deployment,
  vmm: string,
  [vm1, vm2]: [LabGuest, LabGuest],
  tell: Narrator,
): Promise<void> {
  const [alice, bob] = [await deployment.client('alice'), await deployment.client('bob')];
  await detachLeftovers(alice, tell);
  tell.heading('The main job, as alice');
  const volumeDirectory = deployment.layout.volumes;
  await runMainJob({ alice, bob, vm1, vm2, vmm, volumeDirectory, tell });
  tell.heading('Every step was as written.');
}

/** Lets people in, as root: whoever owns the lab's folder. */
async function serveShells(layout: Layout, vms: LabGuest[]) {
  await mkdir(layout.vms('shells'), { recursive: true, mode: 0o700 });
  return Promise.all(vms.map((vm) => serveGuestShell(vm, layout.shell(vm.name))));
}

function readArguments(command: string): { once: boolean; fresh: boolean; port: number } {
  try {
    const { values } = parseArgs({
      options: {
        once: { type: 'boolean', default: false },
        fresh: { type: 'boolean', default: false },
        port: { type: 'string', default: '8443' },
      },
    });
    const port = Number(values.port);
    if (!Number.isInteger(port) || port < 1 || port > 65_533)
      throw new Error('--port is not a port');
    return { once: values.once, fresh: values.fresh, port };
  } catch (error) {
    console.error(`${(error as Error).message}\n\n${usage(command)}`);
    process.exit(2);
  }
}

function usage(command: string): string {
  return `${command} -- [--once] [--fresh] [--port N]
  --once    end after the main job
  --fresh   begin anew: everything that earlier runs have kept is removed
  --port N  listen on N, N+1 and N+2 instead of 8443, 8444 and 8445`;
}
