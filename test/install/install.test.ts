import { existsSync, readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { StartedProcess } from '@vbs-lustre/shared/process/start';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { settingsSchema } from '../../services/vmm-delegate/src/settings.js';
import { requirePackages } from '../support/programs.js';
import { remove, until } from '../support/testbed.js';
import { matches, stepsOf } from '../support/walkThrough.js';
import { LabHost } from './labHost.js';

const page = fileURLToPath(new URL('../../docs/install.md', import.meta.url));
/** It is built already, and has no Xen. */
const ELSEWHERE = ['Build', 'A hypervisor with Xen'];
const steps = stepsOf(page).filter(({ section }) => !ELSEWHERE.includes(section));
const of = (...sections: string[]) => steps.filter(({ section }) => sections.includes(section));
/** What `systemd-analyze security` may find, in tenths: 10.0 is what a unit has that takes nothing away. */
const UNITS = { vbslustre: 15, 'volume-delegate': 17, 'vmm-delegate': 34 };
const WITH_QEMU = 22;

let host: LabHost;
let vm: StartedProcess | undefined;
const vmLog = join(tmpdir(), `vbs-install-vm-${process.pid}.log`);

beforeAll(async () => {
  requirePackages(['systemd', 'iproute2', 'qemu-system-x86']);
  host = await LabHost.boot();
});

afterAll(async () => {
  await vm?.stop(10_000);
  await host?.stop();
  await remove(vmLog);
});

async function output(script: string): Promise<string> {
  const { exitCode, stdout } = await host.run(script);
  expect(exitCode, stdout).toBe(0);
  return stdout.trim();
}

/** Does what the page says, on a host whose Lustre is memory. */
function follow(...sections: string[]) {
  it.each(of(...sections).map((step, index) => [step.section, index + 1, step] as const))(
    '%s, step %i',
    async (_section, _index, step) => {
      const commands = step.commands.replace('"storage": "lustre"', '"storage": "posix"');
      const network = commands.includes('npm install') ? 'outer' : 'own';
      const { exitCode, stdout } = await host.run(commands, network);
      expect(exitCode, stdout).toBe(0);
      if (step.output === '') return;
      expect(stdout, commands).toSatisfy((text: string) => matches(text, step.output));
    },
    700_000,
  );
}

async function isSealed(unit: string, exposure: number): Promise<void> {
  expect(await output(`systemd-analyze verify ${unit}.service`)).toBe('');
  await output(`systemd-analyze security --offline=true --threshold=${exposure} ${unit}.service`);
}

const logged = (unit: string, message: string) =>
  until(`${unit} has logged "${message}"`, async () => {
    const log = await output(`journalctl -u ${unit} -o cat`);
    return log.includes(`"message":"${message}"`) ? true : undefined;
  });

it('does every step of the page', () => {
  const done = [...BEFORE, ...DELEGATES, ...USE, EXCHANGE, ...AFTER];
  expect([...new Set(steps.map(({ section }) => section))]).toEqual(done);
});

it('has right settings for Xen, too', () => {
  const text = readFileSync(page, 'utf8').split('## A hypervisor with Xen')[1] ?? '';
  const settings = /<<'EOF'\n(.*?)\nEOF/s.exec(text)?.[1] ?? '';
  expect(settingsSchema.strict().parse(JSON.parse(settings))).toMatchObject({ hypervisor: 'xen' });
});

const BEFORE = ['Pack', 'Packages and units', 'The folder for volumes', 'Certificates'];
const DELEGATES = ['The front end', 'The Volume Delegate', 'A hypervisor with QEMU'];
const USE = ['A user', 'The first volume'];
const EXCHANGE = 'Files of users';
const AFTER = ['Upgrade', 'Remove it'];

describe('before the services are started', () => {
  follow(...BEFORE);

  it.each(Object.entries(UNITS))('the unit of %s is sound, and sealed', isSealed);
});

describe('the services', () => {
  follow(...DELEGATES);

  it.each([
    ['vbslustre', 'ready'],
    ['volume-delegate', 'announced'],
    ['vmm-delegate', 'announced'],
  ])('%s runs', async (unit, message) => {
    await logged(unit, message);
  });

  it('the VMM Delegate has less power with QEMU', () => isSealed('vmm-delegate', WITH_QEMU));

  it.each(['vbslustre', 'volume-delegate'])('%s has no power', async (unit) => {
    const pid = await output(`systemctl show --value -p MainPID ${unit}`);
    const status = await output(`cat /proc/${pid}/status`);
    expect(status).toMatch(/^Uid:\s+470\s+470\s+470\s+470$/m);
    expect(status).toMatch(/^Cap(Eff|Bnd):\s+0+$/m);
    expect(status).toMatch(/^NoNewPrivs:\s+1$/m);
    expect(status).toMatch(/^Seccomp:\s+2$/m);
  });
});

describe('in use', () => {
  beforeAll(async () => {
    const program = fileURLToPath(new URL('boot-vm.mjs', import.meta.url));
    vm = await host.start(vmLog, process.execPath, program, 'vm1', '/run/vbs-lustre/vms');
    await until('vm1 has booted', async () => {
      const log = existsSync(vmLog) ? readFileSync(vmLog, 'utf8') : '';
      return log.includes('ready') ? true : undefined;
    });
  });

  follow(...USE);

  it('a volume stays attached while each service is restarted, and can be detached', async () => {
    await output('npx vbs create-volume --size-mib 16 --wait');
    const volume = await output('npx vbs describe-volumes --output tsv | cut -f1');
    await output(`npx vbs attach-volume ${volume} --instance vm1 --device xvdb --mode w`);
    await output(`systemctl restart ${Object.keys(UNITS).join(' ')}`);
    const row = await until('the front end answers again', async () => {
      const { exitCode, stdout } = await host.run('npx vbs describe-volumes --output tsv');
      return exitCode === 0 ? stdout : undefined;
    });
    expect(row).toContain('kvm1/vm1/xvdb/w/attached');
    await until('the delegates are heard again', async () => {
      const { exitCode } = await host.run(`npx vbs detach-volume ${volume}`);
      return exitCode === 0 ? true : undefined;
    });
    await output(`npx vbs delete-volume ${volume}`);
    await until('the file is gone', async () =>
      (await output('ls /lustre/volumes')) === '' ? true : undefined,
    );
  });
});

describe('files', () => {
  follow(EXCHANGE);

  it('are taken from a user of the cluster, and can be fetched by that user', async () => {
    await until('the Volume Delegate is heard again', async () => {
      const { exitCode } = await host.run('npx vbs create-volume --size-mib 1 --wait');
      return exitCode === 0 ? true : undefined;
    });
    const folder = `/lustre/exchange/${await output('npx vbs whoami --exchange-folder')}`;
    await output(`install -d -o daemon -g vbs -m 2770 ${folder}`);
    const asUser = (command: string) => output(`runuser -u daemon -- bash -ec '${command}'`);
    await asUser(`head -c 2M /dev/urandom >${folder}/disk.img; chmod 640 ${folder}/disk.img`);
    const volume = await output('npx vbs import-volume --file disk.img --wait --output tsv');
    const id = volume.split('\t')[0];
    await output(`npx vbs export-volume ${id} --file out.img --wait`);
    await asUser(`cmp ${folder}/disk.img ${folder}/out.img; rm ${folder}/out.img`);
  });
});

describe('later', () => {
  follow('Upgrade');

  it('the new front end works', async () => {
    await until('it answers', async () =>
      (await host.run('npx vbs create-volume --size-mib 16 --wait')).exitCode === 0
        ? true
        : undefined,
    );
  });

  follow('Remove it');
});
