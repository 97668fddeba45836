import {
  mkdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import {
  ecKeys,
  type Issued,
  makeAuthority,
  makeCertificate,
  USAGE,
} from '../testing/certificates.js';
import { labName } from '../testing/der.js';
import { openTrust, quietLog, temporaryFolder, trustFolder } from '../testing/trust.js';
import { TrustFolder } from './trustFolder.js';
import type { TrustStore } from './trustStore.js';

const usage = USAGE.digitalSignature;
const lab = makeAuthority();
const alice = makeCertificate({ name: labName('alice'), usage });
const bob = makeCertificate({ name: labName('bob'), usage });
const soon = { timeout: 30_000, interval: 20 };

let folder: string;
let { log, lines } = quietLog();
const open = (): Promise<TrustStore> => openTrust(folder, log);
const put = (name: string, bytes: Buffer | string): void => {
  writeFileSync(join(folder, name), bytes);
};
const logged = (): string => lines.join('\n');

function isAccepted(store: TrustStore, { der }: Issued): boolean {
  try {
    return store.accept(der, new Date()) !== undefined;
  } catch {
    return false;
  }
}

const expectSoon = (store: TrustStore, who: Issued) =>
  expect.poll(() => isAccepted(store, who), soon);

beforeEach(() => {
  folder = trustFolder(lab.pem);
  ({ log, lines } = quietLog());
});

describe('the trust folder', () => {
  it('is watched: what comes is accepted, what goes is refused, soon', async () => {
    const store = await open();
    for (let round = 0; round < 3; round += 1) {
      expect(isAccepted(store, alice)).toBe(false);
      put('alice.pem', alice.pem);
      await expect.poll(() => isAccepted(store, alice), soon).toBe(true);
      rmSync(join(folder, 'alice.pem'));
      await expect.poll(() => isAccepted(store, alice), soon).toBe(false);
    }
  });

  it('is watched: with the authority goes what it has issued', async () => {
    const store = await open();
    const carol = makeCertificate({ name: labName('carol'), issuer: lab, usage });
    expect(isAccepted(store, carol)).toBe(true);
    put('0.crt', makeAuthority().pem);
    await expectSoon(store, carol).toBe(false);
  });

  it('must be there at the start', async () => {
    await expect(openTrust('/nowhere')).rejects.toThrow('/nowhere');
  });

  it('may be away for a while: what was known counts, and the log says it once', async () => {
    put('alice.crt', alice.pem);
    const store = await open();
    const away = join(temporaryFolder(), 'away');
    renameSync(folder, away);
    await expect.poll(logged, soon).toContain('the trust folder cannot be read');
    await new Promise((resolve) => setTimeout(resolve, 1_200));
    expect(lines.filter((line) => line.includes('cannot be read'))).toHaveLength(1);
    expect(isAccepted(store, alice)).toBe(true);
    renameSync(away, folder);
    rmSync(join(folder, 'alice.crt'));
    await expectSoon(store, alice).toBe(false);
  });
});

describe('a file', () => {
  it.each(['alice.crt', 'alice.cer', 'alice.pem', 'alice.der', 'ALICE.CRT'])(
    'named %s holds a certificate, in PEM or DER',
    async (name) => {
      for (const bytes of [alice.pem, alice.der]) {
        put(name, bytes);
        expect(isAccepted(await open(), alice)).toBe(true);
      }
    },
  );

  it.each(['alice.bak', '.alice.crt', 'alice.crt~', 'alice.crt.new', 'crt'])(
    'named %s is none of ours',
    async (name) => {
      put(name, alice.pem);
      expect(isAccepted(await open(), alice)).toBe(false);
      expect(logged()).not.toContain('not used');
    },
  );

  it('of several certificates counts with all of them, with text between', async () => {
    put('all.pem', `Subject: alice\n${alice.pem}\nbob\r\n${bob.pem.replaceAll('\n', '\r\n')}`);
    const store = await open();
    expect([alice, bob].map((each) => isAccepted(store, each))).toEqual([true, true]);
  });

  const key = ecKeys().privateKey.export({ type: 'pkcs8', format: 'pem' });
  const broken = alice.pem.replace(/.{64}\n/, '');
  it.each([
    ['that also holds a private key', 'a private key', alice.pem + key],
    ['of several of which one is cut off', 'it is cut off', bob.pem + alice.pem.slice(0, 300)],
    ['of several of which one is broken', 'no certificate', bob.pem + alice.pem + broken],
    [
      'with something else',
      'it holds a X509 CRL',
      bob.pem + alice.pem.replaceAll('CERTIFICATE', 'X509 CRL'),
    ],
    ['with more after DER', 'more than a certificate', Buffer.concat([alice.der, bob.der])],
    ['of nothing', 'it is empty', ''],
  ])('%s is not used, and the log says why', async (_, reason, bytes) => {
    put('file.pem', bytes);
    const store = await open();
    expect([alice, bob].map((each) => isAccepted(store, each))).toEqual([false, false]);
    expect(logged()).toContain('file.pem');
    expect(logged()).toContain(reason);
    expect(logged()).not.toContain('PRIVATE KEY');
  });

  it('that cannot be read does not harm the others, and is complained about once', async () => {
    symlinkSync('/nowhere', join(folder, 'dangling.crt'));
    mkdirSync(join(folder, 'folder.crt'));
    put('broken.crt', 'this is no certificate');
    put('alice.crt', alice.pem);
    const store = await open();
    expect(isAccepted(store, alice)).toBe(true);
    await new Promise((resolve) => setTimeout(resolve, 1_200));
    for (const name of ['dangling.crt', 'folder.crt', 'broken.crt']) {
      expect(lines.filter((line) => line.includes(name) && line.includes('error'))).toHaveLength(1);
    }
  });

  it('that is half copied is used when it is whole', async () => {
    const store = await open();
    put('alice.crt', alice.pem.slice(0, 200));
    await expect.poll(logged, soon).toContain('alice.crt');
    put('alice.crt', alice.pem);
    await expectSoon(store, alice).toBe(true);
  });

  it('that is emptied is not used any more', async () => {
    put('alice.crt', alice.pem);
    const store = await open();
    put('alice.crt', '');
    await expectSoon(store, alice).toBe(false);
  });

  it('that is replaced by another of the same size and time is read anew', async () => {
    const other = makeCertificate({ name: labName('alice'), usage, keys: alice.keys });
    put('alice.crt', alice.pem);
    const { mtime } = statSync(join(folder, 'alice.crt'));
    const store = await open();
    put('alice.crt', other.pem);
    utimesSync(join(folder, 'alice.crt'), mtime, mtime);
    await expectSoon(store, other).toBe(true);
    await expectSoon(store, alice).toBe(false);
  });

  it('may be a link, whose target may change', async () => {
    const targets = temporaryFolder();
    writeFileSync(join(targets, 'a'), alice.pem);
    symlinkSync(join(targets, 'a'), join(folder, 'linked.crt'));
    const store = await open();
    expect(isAccepted(store, alice)).toBe(true);
    writeFileSync(join(targets, 'a'), bob.pem);
    await expectSoon(store, bob).toBe(true);
    expect(isAccepted(store, alice)).toBe(false);
  });

  it('may be a link whose target comes later', async () => {
    const target = join(temporaryFolder(), 'a');
    symlinkSync(target, join(folder, 'linked.crt'));
    const store = await open();
    writeFileSync(target, alice.pem);
    await expectSoon(store, alice).toBe(true);
  });
});

it('holds thousands without holding up the messages', async () => {
  const keys = ecKeys();
  for (let index = 0; index < 2_000; index += 1) {
    put(`${index}.crt`, makeCertificate({ name: labName(`user ${index}`), keys, usage }).pem);
  }
  const store = await open();
  put('alice.crt', alice.pem);
  await expectSoon(store, alice).toBe(true);
  // However slow the machine is: who reads all of them in one go lets no message in between.
  expect(await turnsDuring(() => new TrustFolder(folder, log).look())).toBeGreaterThan(30);
});

/** How often other work gets its turn meanwhile. */
async function turnsDuring(work: () => Promise<unknown>): Promise<number> {
  let turns = 0;
  let isOver = false;
  const count = (): void => {
    if (isOver) return;
    turns += 1;
    setImmediate(count);
  };
  setImmediate(count);
  await work();
  isOver = true;
  return turns;
}
