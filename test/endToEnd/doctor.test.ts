import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { flagsOf, runCommand } from '../support/commandLine.js';
import { freePorts } from '../support/ports.js';
import { Testbed, until } from '../support/testbed.js';

// A busy machine is no failure.
vi.setConfig({ testTimeout: 300_000, hookTimeout: 600_000 });

const STRAY = 'vol-00000000000000abc';
let testbed: Testbed;

beforeAll(async () => {
  testbed = await Testbed.start({ frontEndSettings: { reconcileSeconds: 1 } });
});

afterAll(() => testbed?.stop());

const admin = (...args: string[]) =>
  runCommand({}, 'vbs', 'admin', ...args, ...flagsOf(testbed.deployment, 'admin'));

interface Finding {
  level: string;
  about: string;
  problem: string;
}

/** What is wrong, in words. */
async function wrong(...args: string[]): Promise<{ exitCode: number; found: string[] }> {
  const { exitCode, stdout } = await admin('doctor', '--output', 'json', ...args);
  const findings: Finding[] = JSON.parse(stdout).findings;
  const found = findings.filter(({ level }) => level === 'wrong');
  return {
    exitCode: exitCode as number,
    found: found.map(({ about, problem }) => `${about}: ${problem}`),
  };
}

/** Waits until this is what is wrong: delegates and the reconciler take their time. */
const finds = (exitCode: number, ...found: unknown[]) => {
  const limit = { timeout: 180_000 };
  return expect.poll(() => wrong(), limit).toEqual({ exitCode, found });
};

it('finds nothing wrong in a deployment that works', async () => {
  await finds(0);
});

it('is for administrators alone', async () => {
  const refused = await runCommand(
    {},
    'vbs',
    'admin',
    'doctor',
    ...flagsOf(testbed.deployment, 'alice'),
  );
  expect(refused).toMatchObject({ exitCode: 1, stdout: '' });
  expect(refused.stderr).toMatch(/^vbs: AuthFailure: /);
});

it('says who does not answer: a front end, a delegate', async () => {
  const [port] = await freePorts(1);
  const nowhere = `https://127.0.0.1:${port}/vbslustre`;
  const { exitCode, found } = await wrong('--endpoint', nowhere);
  expect({ exitCode, found }).toEqual({
    ...{ exitCode: 6, found: [expect.stringContaining(`front end ${nowhere}: `)] },
  });
  await testbed.deployment.service('vmm1').stop();
  await finds(6, expect.stringMatching(/^vmm delegate vmm1: it was not heard of since /));
  const { stdout } = await until('that is all', async () => {
    const shown = await admin('doctor');
    return shown.stderr === 'vbs: Wrong: 1.\n' ? shown : undefined;
  });
  expect(stdout).toMatch(/^LEVEL +ABOUT +FOUND +TO DO\n/);
  expect(stdout).toContain('vbs admin drain vmm1');
  await testbed.deployment.restart('vmm1');
  await finds(0);
});

it('finds a file without a record, which is set aside, and a record without its file', async () => {
  const { volumes } = testbed.deployment.layout;
  writeFileSync(join(volumes, STRAY), 'whose is this?');
  const row = await until('the stray file is set aside', async () => {
    const { stdout } = await admin('orphans', '--output', 'tsv');
    return stdout.split('\n').find((line) => line.includes(STRAY));
  });
  expect(row.split('\t').slice(1)).toEqual([
    ...['file', STRAY, 'this file has no record', 'set aside'],
    expect.stringContaining(`.aside/${STRAY}.ord-`),
  ]);
  const place = row.split('\t')[5] as string;
  await until('it is there', async () => (await testbed.files()).includes(place) || undefined);

  const volumeId = await testbed.volume(1);
  renameSync(join(volumes, volumeId), join(volumes, 'elsewhere'));
  await finds(6, expect.stringContaining(`volume ${volumeId}: its file is lost since `));
  expect((await admin('orphans')).stdout).toMatch(
    new RegExp(`record +${volumeId} +its file is missing +none`),
  );
  renameSync(join(volumes, 'elsewhere'), join(volumes, volumeId));
  await finds(0);
  await testbed.alice.DeleteVolume({ volumeId });
});
