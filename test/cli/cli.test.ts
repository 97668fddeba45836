import { chmodSync, copyFileSync, existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { LabVm } from '@vbs-lustre/lab/qemu/labVm';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { commandFile, flagsOf, runCommand } from '../support/commandLine.js';
import { Gate } from '../support/gate.js';
import { Meddler } from '../support/meddler.js';
import { freePorts } from '../support/ports.js';
import { execute, pidOf } from '../support/programs.js';
import { Testbed, until } from '../support/testbed.js';

// A busy machine is no failure.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 600_000 });

const ID = 'vol-[0-9a-f]{17}';
const ALICE = 'CN=alice,OU=users,O=VBS-Lustre';
const NOWHERE = 'vol-00000000000000000';
let testbed: Testbed;
let gate: Gate;
let vm: LabVm;
let env: Record<string, string>;
/** Where nobody listens. */
let dead: string;

beforeAll(async () => {
  testbed = await Testbed.prepare({ volumeDelegates: [{ settings: { blank: 'zero' } }] });
  gate = new Gate(testbed.deployment.layout.home);
  Object.assign(testbed.deployment.options.volumeDelegates[0] as object, { env: gate.env });
  await testbed.deployment.start();
  vm = await testbed.boot('vm1');
  const [port] = await freePorts(1);
  dead = `https://127.0.0.1:${port}`;
  env = { VBS_CONFIG: join(testbed.deployment.layout.home, 'config.json') };
  const flags = [...flagsOf(testbed.deployment, 'alice'), '--vmm', 'vmm1'];
  expect(await run('vbs', 'configure', ...flags)).toEqual({
    exitCode: 0,
    stdout: `The profile default is in ${env.VBS_CONFIG}.\n`,
    stderr: '',
  });
});

afterAll(() => testbed.stop());

// Tests look at all volumes that there are.
afterEach(() => testbed.deletionsEnd());

const run = (program: string, ...args: string[]) => runCommand(env, program, ...args);

/** What `vbs` prints; it must succeed. */
async function vbs(...args: string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await run('vbs', ...args);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  return stdout;
}

const json = async (...args: string[]) => JSON.parse(await vbs(...args, '--output', 'json'));

/** The fields of the lines that one of EC2's tools prints; it must succeed. */
async function ec2(program: string, ...args: string[]): Promise<string[][]> {
  const { exitCode, stdout, stderr } = await run(`ec2-${program}`, ...args);
  expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => line.split('\t'));
}

describe('vbs', () => {
  it('knows who its user is', async () => {
    expect(await vbs('whoami')).toBe(`${ALICE}\n`);
    expect(await json('whoami')).toMatchObject({ subject: ALICE });
  });

  it('creates a volume and waits for it, describes it in every format, and deletes it', async () => {
    const created = await vbs('create-volume', '--size-mib', '16', '--wait');
    expect(created).toMatch(new RegExp(`^VOLUME +SIZE +STATUS +CREATED\n${ID}  16 MiB  available`));
    const [volumeId = ''] = new RegExp(ID).exec(created) as RegExpExecArray;
    expect(await vbs('describe-volumes')).toBe(created);
    expect(await json('describe-volumes', volumeId)).toMatchObject({
      volumes: [{ volumeId, status: 'available', sizeBytes: 16 * 2 ** 20, attachments: [] }],
    });
    const line = await vbs('describe-volumes', '--output', 'tsv');
    expect(line.split('\t')).toHaveLength(18);
    expect(line).toMatch(
      new RegExp(`^${volumeId}\tavailable\t1\t16777216\t\t[-0-9T:.]+Z(\t){12}zero\n$`),
    );
    expect(await vbs('delete-volume', volumeId)).toBe(`DELETED\n${volumeId}\n`);
    await testbed.deletionsEnd();
    expect(await vbs('describe-volumes')).toBe('There are no volumes.\n');
  });

  it('makes snapshots, and volumes from them', async () => {
    const volumeId = await testbed.volume();
    const snapshot = await json(
      ...['create-snapshot', volumeId, '--description', 'before the upgrade', '--wait'],
    );
    expect(snapshot).toMatchObject({ volumeId, status: 'available' });
    const { snapshotId } = snapshot;
    expect(await vbs('describe-snapshots', snapshotId)).toContain('before the upgrade');
    const copy = await json('create-volume', '--snapshot', snapshotId, '--wait');
    expect(copy).toMatchObject({ status: 'available', snapshotId });
    for (const each of [volumeId, copy.volumeId]) await vbs('delete-volume', each);
    const deleted = await json('delete-snapshot', snapshotId);
    expect(deleted).toEqual({ snapshotId, deleted: true });
  });

  it('attaches and detaches', async () => {
    const volumeId = await testbed.volume();
    const device = ['--instance', 'vm1', '--device', 'xvdb'];
    // The host is the usual one.
    const attached = await json('attach-volume', volumeId, ...device, '--mode', 'w');
    expect(attached).toMatchObject({
      volumeId,
      instanceId: 'vm1',
      vmm: 'vmm1',
      status: 'attached',
    });
    const serial = volumeId.replace('-', '');
    await vm.waitForDisk(serial);
    expect(await vbs('describe-volumes', volumeId)).toContain('vm1 on vmm1 as xvdb (w)');
    const refused = await run('vbs', 'delete-volume', volumeId);
    expect(refused).toMatchObject({ exitCode: 1, stdout: '' });
    expect(refused.stderr).toMatch(
      /^vbs: VolumeInUse: .* detach it first\. \(request req-\w+\)\n$/,
    );
    expect(await vbs('detach-volume', volumeId, ...device)).toContain('detaching');
    await vm.waitForDiskGone(serial);
    await vbs('delete-volume', volumeId);
  });

  it('ends with 4 and the reason if what it waits for fails', async () => {
    let outcome = await createAndKill();
    // On a busy machine dd may have ended before it was found.
    while (outcome.exitCode === 0) {
      await vbs('delete-volume', new RegExp(ID).exec(outcome.stdout)?.[0] ?? '');
      outcome = await createAndKill();
    }
    const { exitCode, stdout, stderr } = outcome;
    expect(exitCode).toBe(4);
    const [volumeId = ''] = new RegExp(ID).exec(stdout) as RegExpExecArray;
    expect(stderr).toBe(
      `vbs: ${volumeId} is not available: failure : cmd error: dd: killed by SIGKILL\n`,
    );
    await vbs('delete-volume', volumeId);
  });

  it('ends with 5 if what it waits for takes too long', async () => {
    const args = ['--size-mib', '16', '--wait', '--wait-timeout', '0', '--output', 'json'];
    gate.close();
    const { exitCode, stdout, stderr } = await run('vbs', 'create-volume', ...args);
    gate.open();
    expect(exitCode).toBe(5);
    const { volumeId } = JSON.parse(stdout);
    expect(stderr).toMatch(new RegExp(`^vbs: ${volumeId} is still pending after 0 s; .*\\.\n$`));
    await testbed.settled(volumeId);
    await vbs('delete-volume', volumeId);
  });

  it('shows colours and a line that lives on a terminal, and no colours where they are declined', async () => {
    const command = `'${process.execPath}' '${commandFile('vbs')}' create-volume --size-mib 16 --wait`;
    const typescript = join(testbed.deployment.layout.home, 'typescript');
    const isWaiting = () =>
      existsSync(typescript) && readFileSync(typescript, 'utf8').includes('is pending');
    const onTerminal = async (more: Record<string, string>) => {
      gate.close();
      rmSync(typescript, { force: true });
      const ended = execute('script', ['-qefc', command, typescript], { ...env, ...more });
      await until('it waits', async () => isWaiting() || undefined).finally(() => gate.open());
      const { stdout } = await ended;
      const [volumeId = ''] = new RegExp(ID).exec(stdout) as RegExpExecArray;
      await vbs('delete-volume', volumeId);
      return stdout;
    };
    const coloured = await onTerminal({ TERM: 'xterm', NO_COLOR: '' });
    expect(coloured).toContain('is pending … 0 s');
    expect(coloured).toContain('\u001b[32mavailable\u001b[0m');
    expect(await onTerminal({ TERM: 'xterm', NO_COLOR: '1' })).not.toContain('\u001b[32m');
  });

  it('completes ids in bash', async () => {
    const volumeId = await testbed.volume();
    const script = `vbs() { '${process.execPath}' '${commandFile('vbs')}' "$@"; }
source <(vbs completion bash)
COMP_WORDS=(vbs delete-volume vol-); COMP_CWORD=2; _vbs; echo "\${COMPREPLY[@]}"`;
    const { stdout, stderr } = await execute('bash', ['-c', script], env);
    expect({ stdout, stderr }).toEqual({ stdout: `${volumeId}\n`, stderr: '' });
    await vbs('delete-volume', volumeId);
  });
});

describe('vbs ends with one sentence and', () => {
  const complaint = async (...args: string[]) => {
    const { exitCode, stdout, stderr } = await run('vbs', ...args);
    expect(stdout).toBe('');
    expect(stderr).toMatch(/^vbs: [^\n]+\n$/);
    return `${exitCode} ${stderr}`;
  };

  it('1 if the service refuses', async () => {
    expect(await complaint('describe-volumes', NOWHERE)).toMatch(
      /^1 vbs: InvalidVolume\.NotFound: vol-0+ does not exist or is not yours\. \(request req-\w+\)/,
    );
    const asBob = flagsOf(testbed.deployment, 'bob');
    const volumeId = await testbed.volume();
    expect(await complaint('delete-volume', volumeId, ...asBob)).toMatch(/^1 .*NotFound/);
    await vbs('delete-volume', volumeId);
  });

  it('2 if the usage or the configuration is wrong', async () => {
    expect(await complaint('attach-volume', NOWHERE)).toMatch(/^2 .*--instance/);
    expect(await complaint('describe-volumes', '--profile', 'none')).toMatch(
      /^2 .*no profile none/,
    );
    const { pki, home } = testbed.deployment.layout;
    const open = join(home, 'open.key');
    copyFileSync(`${pki}/alice.key`, open);
    chmodSync(open, 0o644);
    expect(await complaint('describe-volumes', '--private-key', open)).toMatch(/^2 .*chmod 600/);
    expect(await complaint('whoami', '--certificate', '/none')).toMatch(
      /^2 .*\/none cannot be read/,
    );
  });

  it('3 if nobody is there', async () => {
    expect(await complaint('describe-volumes', '--endpoint', dead)).toMatch(/^3 .*ECONNREFUSED/);
  });

  it('3 if the answer is not believed', async () => {
    expect(await complaint('describe-volumes', '--service', 'CN=other')).toMatch(
      /^3 .*not believed: it is signed by CN=vbslustre/,
    );
  });
});

describe('several endpoints', () => {
  it('stand in for one that is dead', async () => {
    const { url } = testbed.deployment;
    expect(await vbs('describe-volumes', '--endpoint', `${dead},${url}`)).toContain('no volumes');
    const repeated = ['--endpoint', dead, '--endpoint', url];
    const created = await json('create-volume', '--size-mib', '16', '--wait', ...repeated);
    expect(created).toMatchObject({ status: 'available' });
    await vbs('delete-volume', created.volumeId, ...repeated);
  });

  it('make one volume if an answer is lost', async () => {
    let lost = 0;
    const meddler = await Meddler.start(testbed.deployment, (answer) => {
      lost++;
      return answer.replace(/pending|available/, 'deleting');
    });
    const endpoints = ['--endpoint', `${meddler.url},${testbed.deployment.url}`];
    const { volumeId } = await json('create-volume', '--size-mib', '16', ...endpoints);
    expect(lost).toBe(1);
    expect((await json('describe-volumes')).volumes).toMatchObject([{ volumeId }]);
    const only = await run('vbs', 'create-volume', '--size-mib', '16', '--endpoint', meddler.url);
    expect(only).toMatchObject({ exitCode: 3, stdout: '' });
    const [, clientToken = ''] = /repeat it with --client-token (\S+),/.exec(only.stderr) ?? [];
    const again = await json(
      ...['create-volume', '--size-mib', '16', '--client-token', clientToken],
    );
    const { volumes } = await json('describe-volumes');
    const ids = volumes.map((volume: { volumeId: string }) => volume.volumeId);
    expect(ids.sort()).toEqual([volumeId, again.volumeId].sort());
    await meddler.stop();
    for (const id of ids) {
      await testbed.settled(id);
      await vbs('delete-volume', id);
    }
  });
});

describe("EC2's tools", () => {
  const TIME = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+0000$/);

  it('make, show, attach, detach and delete volumes', async () => {
    const [[, volumeId = ''] = []] = await ec2('create-volume', '-s', '1', '-z', 'zone1');
    await testbed.settled(volumeId);
    expect(await ec2('describe-volumes', volumeId)).toEqual([
      ['VOLUME', volumeId, '1', '', 'vmm1', 'available', TIME],
    ]);
    const where = ['-i', 'vm1', '-d', '/dev/xvdb'];
    expect(await ec2('attach-volume', volumeId, ...where)).toEqual([
      ['ATTACHMENT', volumeId, 'vm1', '/dev/xvdb', 'attached', TIME],
    ]);
    expect(await ec2('describe-volumes')).toEqual([
      ['VOLUME', volumeId, '1', '', 'vmm1', 'in-use', TIME],
      ['ATTACHMENT', volumeId, 'vm1', '/dev/xvdb', 'attached', TIME],
    ]);
    expect(await ec2('detach-volume', volumeId, ...where)).toEqual([
      ['ATTACHMENT', volumeId, 'vm1', '/dev/xvdb', 'detaching', TIME],
    ]);
    expect(await ec2('delete-volume', volumeId)).toEqual([['VOLUME', volumeId]]);
  });

  it('make, show, use and delete snapshots', async () => {
    const volumeId = await testbed.volume();
    const [created = []] = await ec2('create-snapshot', volumeId, '-d', 'nightly');
    const [, snapshotId = ''] = created;
    const rest = [ALICE, '1', 'nightly'];
    // A small one may be there before it is answered.
    expect([
      ['SNAPSHOT', snapshotId, volumeId, 'pending', TIME, '', ...rest],
      ['SNAPSHOT', snapshotId, volumeId, 'completed', TIME, '100%', ...rest],
    ]).toContainEqual(created);
    await until(`${snapshotId} is completed`, async () => {
      const [[, , , state] = []] = await ec2('describe-snapshots', snapshotId);
      return state === 'completed' ? true : undefined;
    });
    expect(await ec2('describe-snapshots', '-o', 'self')).toEqual([
      ['SNAPSHOT', snapshotId, volumeId, 'completed', TIME, '100%', ...rest],
    ]);
    const [made = []] = await ec2('create-volume', '--snapshot', snapshotId, '-z', 'zone1');
    const copy = made[1] ?? '';
    const status = expect.stringMatching(/^(creating|available)$/);
    expect(made).toEqual(['VOLUME', copy, '1', snapshotId, 'zone1', status, TIME]);
    await testbed.settled(copy);
    for (const id of [volumeId, copy]) await ec2('delete-volume', id);
    expect(await ec2('delete-snapshot', snapshotId)).toEqual([['SNAPSHOT', snapshotId]]);
  });

  it('say what is wrong as EC2 does', async () => {
    expect(await run('ec2-delete-volume', NOWHERE)).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: `Client.InvalidVolume.NotFound: ${NOWHERE} does not exist or is not yours.\n`,
    });
    expect(await run('ec2-describe-volumes', '-U', dead)).toMatchObject({ exitCode: 1 });
    expect(await run('ec2-attach-volume', NOWHERE)).toMatchObject({ exitCode: 1 });
  });
});

/** Creates a volume, waits for it, and kills the dd that makes it, if that is seen. */
async function createAndKill() {
  const waiting = run('vbs', 'create-volume', '--size', '4', '--wait');
  let hasEnded = false;
  void waiting.finally(() => {
    hasEnded = true;
  });
  const seen = await until('dd runs', async () => {
    const pid = pidOf('/usr/bin/dd', await pendingVolume());
    return pid ?? (hasEnded || undefined);
  });
  try {
    if (typeof seen === 'number') process.kill(seen, 'SIGKILL');
  } catch {
    // It has ended.
  }
  return waiting;
}

async function pendingVolume(): Promise<string> {
  const { volumeSet } = await testbed.alice.DescribeVolumes({});
  return volumeSet.item.find(({ status }) => status === 'pending')?.volumeId ?? 'none yet';
}
