import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ensureCertificates } from '@vbs-lustre/lab/deployment/certificates';
import { Layout } from '@vbs-lustre/lab/deployment/layout';
import { type Identity, loadIdentity } from '@vbs-lustre/shared/trust/identity';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import {
  buildExamples,
  buildWithGsoap,
  EXAMPLE_CLIENTS,
  PACKAGES,
  runExample,
} from '../support/exampleClients.js';
import { FORGERIES, type Forgery, type Signers } from '../support/forgeries.js';
import { type Change, Meddler } from '../support/meddler.js';
import { type Ended, requirePackages } from '../support/programs.js';
import { remove, Testbed } from '../support/testbed.js';

let testbed: Testbed;
let signers: Signers;
/** For what is compiled, and for the stranger's certificates. */
let folder: string;

beforeAll(async () => {
  requirePackages(PACKAGES);
  folder = await mkdtemp(join(tmpdir(), 'vbs-examples-'));
  testbed = await Testbed.start();
  await Promise.all([
    testbed.boot('vm1'),
    testbed.boot('vm2'),
    buildExamples(testbed.deployment, folder),
  ]);
  const elsewhere = new Layout(join(folder, 'elsewhere'));
  await ensureCertificates(elsewhere, [{ name: 'vbslustre', unit: 'services' }], []);
  const { layout } = testbed.deployment;
  signers = {
    frontEnd: await identity(layout, 'vbslustre'),
    bob: await identity(layout, 'bob'),
    stranger: await identity(elsewhere, 'vbslustre'),
  };
});

afterAll(async () => {
  await testbed?.stop();
  if (folder) await remove(folder);
});

/** What a client has made before it stopped. */
afterEach(async () => {
  await testbed.deletionsEnd();
  for (const { volumeId } of (await testbed.alice.DescribeVolumes({})).volumeSet.item) {
    const { attachmentSet } = await testbed.settled(volumeId);
    for (const { instanceId } of attachmentSet.item) {
      await testbed.alice.DetachVolume({ volumeId, instanceId });
    }
    await testbed.alice.DeleteVolume({ volumeId });
  }
});

function identity({ pki }: Layout, name: string): Promise<Identity> {
  return loadIdentity(`${pki}/${name}.crt`, `${pki}/${name}.key`);
}

const MAIN_JOB = [
  /^CreateVolume: (vol-\w+) is (pending|available)$/,
  /^DescribeVolume: vol-\w+ is available, 67108864 bytes$/,
  /^AttachVolume: vol-\w+ attached to vm1 as xvdb, w$/,
  /^DescribeVolume: vol-\w+ is in-use, attached to vm1 as xvdb, w$/,
  /^AttachVolume vol-\w+ to vm2: refused with VolumeInUse$/,
  /^DetachVolume: vol-\w+ from vm1$/,
  /^CreateSnapshot: snap-\w+ of vol-\w+ is available$/,
  /^CreateVolume: vol-\w+ from snap-\w+ is available$/,
  /^AttachVolume: vol-\w+ attached to vm1 as xvdb, r$/,
  /^AttachVolume: vol-\w+ attached to vm2 as xvdb, r$/,
  /^DetachVolume: vol-\w+ from vm1$/,
  /^DetachVolume: vol-\w+ from vm2$/,
  /^DeleteSnapshot: snap-\w+$/,
  /^DeleteVolume: vol-\w+$/,
  /^DescribeVolume vol-\w+: refused with InvalidVolume.NotFound$/,
  /^DeleteVolume: vol-\w+$/,
  /^DescribeVolume vol-\w+: refused with InvalidVolume.NotFound$/,
].map((line) => expect.stringMatching(line));

const NOT_BELIEVED = /^.*The answer is not believed: .+/m;

describe.each(Object.entries(EXAMPLE_CLIENTS))('the example with %s', (_, commandIn) => {
  const run = (env?: Record<string, string>): Promise<Ended> =>
    runExample(commandIn(folder), testbed.deployment, env);

  /** Runs it against a front end whose answers are changed on the way. */
  const runMeddled = async (change: Change, env: Record<string, string> = {}): Promise<Ended> => {
    const meddler = await Meddler.start(testbed.deployment, change);
    try {
      return await run({ ...env, VBS_URL: meddler.url });
    } finally {
      await meddler.stop();
    }
  };

  it('does the main job', async () => {
    const { exitCode, stdout, stderr } = await run();
    expect(stdout.trim().split('\n'), stderr).toEqual(MAIN_JOB);
    expect(exitCode).toBe(0);
    await testbed.deletionsEnd();
    expect(await testbed.files()).toEqual([]);
  });

  it('does it through a proxy that changes nothing', async () => {
    const { exitCode, stdout, stderr } = await runMeddled((answer) => answer);
    expect(stdout.trim().split('\n'), stderr).toEqual(MAIN_JOB);
    expect(exitCode).toBe(0);
  });

  it.each(Object.entries(FORGERIES))('believes no answer %s', async (_name, forge) => {
    const { exitCode, stdout, stderr } = await runMeddled((answer) => forge(answer, signers));
    expect(stdout).toBe('');
    expect(stderr).toMatch(NOT_BELIEVED);
    expect(exitCode).toBe(1);
  });

  // The third call, an attachment to a host that does not exist, is refused.
  it.each(['that is not signed', 'that was changed after it was signed', 'signed by another user'])(
    'believes no fault %s',
    async (name) => {
      const forge = FORGERIES[name] as Forgery;
      const { exitCode, stdout, stderr } = await runMeddled(
        (answer) => (answer.includes('<soap:Fault>') ? forge(answer, signers) : answer),
        { VBS_VMM: 'nowhere' },
      );
      expect(stdout.trim().split('\n')).toEqual(MAIN_JOB.slice(0, 2));
      expect(stderr).toMatch(NOT_BELIEVED);
      expect(exitCode).toBe(1);
    },
  );

  it('does not take the answer to one call for that to another', async () => {
    let first: string | undefined;
    const { exitCode, stdout, stderr } = await runMeddled((answer) => {
      first ??= answer;
      return first;
    });
    expect(stdout.trim().split('\n')).toEqual(MAIN_JOB.slice(0, 1));
    expect(stderr).toMatch(NOT_BELIEVED);
    expect(exitCode).toBe(1);
  });

  it('takes no empty answer for a success', async () => {
    const { exitCode, stdout, stderr } = await runMeddled(() => '');
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr.trim()).not.toBe('');
  });

  it('says what is wrong if the service is not there', async () => {
    const { exitCode, stdout, stderr } = await run({ VBS_URL: 'https://127.0.0.1:9/vbslustre' });
    expect({ exitCode, stdout }).toEqual({ exitCode: 1, stdout: '' });
    expect(stderr).toMatch(/refused|connect|load/i);
  });
});

// gSOAP's Ids never change, its Timestamp counts seconds, and RSA signs alike what is alike.
it('answers a client whose messages of one second are all the same', async () => {
  const volumeId = await testbed.volume();
  const source = fileURLToPath(new URL('sameSecond.cpp', import.meta.url));
  const [program, ...args] = await buildWithGsoap(source, testbed.deployment, folder);
  const signatures: (string | undefined)[] = [];
  const meddler = await Meddler.start(testbed.deployment, (answer, request) => {
    signatures.push(/SignatureValue>([^<]+)/.exec(request)?.[1]);
    return answer;
  });
  try {
    do {
      signatures.length = 0;
      const command = [program, ...args, volumeId] as const;
      const env = { VBS_URL: meddler.url };
      const { stdout, stderr } = await runExample(command, testbed.deployment, env);
      expect(stdout, stderr).toBe(`${volumeId} is available\n`.repeat(20));
      expect(signatures).toHaveLength(20);
      // On a busy machine each may have a second of its own.
    } while (new Set(signatures).size === 20);
  } finally {
    await meddler.stop();
  }
});
