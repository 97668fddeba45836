import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { Deployment } from './deployment/deployment.js';
import { printAddresses } from './job/addresses.js';
import { detachLeftovers } from './job/leftovers.js';
import { runMainJob } from './job/mainJob.js';
import { Narrator } from './job/narrator.js';
import { LabVm } from './qemu/labVm.js';

const USAGE = `npm start -- [--once] [--fresh] [--port N]
  --once    end after the main job
  --fresh   begin anew: everything that earlier runs have kept is removed
  --port N  listen on N, N+1 and N+2 instead of 8443, 8444 and 8445`;

const VMM = 'vmm1';
const { once, fresh, port } = readArguments();
const tell = new Narrator();
const deployment = new Deployment({
  home: resolve(process.env.VBS_HOME ?? fileURLToPath(new URL('../../.vbs', import.meta.url))),
  users: ['alice', 'bob'],
  frontEndPort: port,
  volumeDelegates: [{ name: 'volume-delegate', port: port + 1 }],
  vmmDelegates: [{ name: VMM, port: port + 2 }],
});
const vms: LabVm[] = [];
let ending: Promise<void> | undefined;
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => void end().then(() => process.exit(once ? 1 : 0)));
}

try {
  await start();
  await runJob();
  if (once) await end();
  else printAddresses(deployment, VMM, vms);
} catch (error) {
  // When everything is being stopped, what is under way breaks off.
  if (!ending) {
    process.exitCode = 1;
    console.error(
      `\nFailed: ${(error as Error).message}\nThe logs are in ${deployment.layout.home}/log.`,
    );
    await end();
  }
}

async function start(): Promise<void> {
  if (fresh) await deployment.erase();
  const kept = existsSync(deployment.layout.database);
  tell.heading(
    `VBS-Lustre in ${deployment.layout.home}${kept ? ' (as the last run left it)' : ''}`,
  );
  await tell.did('Front end, Volume Delegate and VMM Delegate started', () => deployment.start());
  await tell.did('Virtual machines vm1 and vm2 booted', async () => {
    const booting = ['vm1', 'vm2'].map((name) =>
      LabVm.start({
        name,
        qmpDirectory: deployment.layout.vms(VMM),
        stateDirectory: deployment.layout.state(name),
      }).then((vm) => vms.push(vm)),
    );
    await Promise.all(booting);
  });
  vms.sort((a, b) => a.name.localeCompare(b.name));
}

async function runJob(): Promise<void> {
  const [vm1, vm2] = vms as [LabVm, LabVm];
  const [alice, bob] = [await deployment.client('alice'), await deployment.client('bob')];
  await detachLeftovers(alice, tell);
  tell.heading('The main job, as alice');
  const volumeDirectory = deployment.layout.volumes;
  await runMainJob({ alice, bob, vm1, vm2, vmm: VMM, volumeDirectory, tell });
  tell.heading('Every step was as written.');
}

function end(): Promise<void> {
  ending ??= (async () => {
    await Promise.allSettled(vms.map((vm) => vm.stop()));
    await deployment.stop();
    console.log('Everything is stopped.');
  })();
  return ending;
}

function readArguments(): { once: boolean; fresh: boolean; port: number } {
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
    console.error(`${(error as Error).message}\n\n${USAGE}`);
    process.exit(2);
  }
}
