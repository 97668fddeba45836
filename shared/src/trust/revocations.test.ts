import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import {
  hours,
  type Issued,
  makeAuthority,
  makeCertificate,
  USAGE,
} from '../testing/certificates.js';
import { labName } from '../testing/der.js';
import { makeRevocationList } from '../testing/revocationLists.js';
import { openTrust, quietLog, trustFolder } from '../testing/trust.js';
import type { TrustStore } from './trustStore.js';

const lab = makeAuthority();
const usage = USAGE.digitalSignature;
const user = (name: string, serial: number[], issuer = lab): Issued =>
  makeCertificate({ name: labName(name), issuer, usage, serial });
const ALICE = [0x40, 1];
const BOB = [0x40, 2];
const alice = user('alice', ALICE);
const bob = user('bob', BOB);
const soon = { timeout: 30_000, interval: 20 };

let folder: string;
let { log, lines } = quietLog();
const open = (): Promise<TrustStore> => openTrust(folder, log);
const put = (name: string, bytes: Buffer | string): void => {
  writeFileSync(join(folder, name), bytes);
};
const remove = (name: string): void => rmSync(join(folder, name));
const logged = (): string => lines.join('\n');

/** The user id, or why not. */
function judge(store: TrustStore, { der }: Issued): string {
  try {
    return store.accept(der, new Date()).subject;
  } catch (error) {
    return (error as Error).message;
  }
}

const expectSoon = (store: TrustStore, who: Issued) => expect.poll(() => judge(store, who), soon);

beforeEach(() => {
  folder = trustFolder(lab.pem);
  ({ log, lines } = quietLog());
});

const listOf = (...revoked: number[][]): Buffer => makeRevocationList(lab, { revoked });
const pemOf = (der: Buffer): string =>
  `-----BEGIN X509 CRL-----\n${der.toString('base64')}\n-----END X509 CRL-----\n`;

describe('who is on a list', () => {
  it.each([
    ['DER', (list: Buffer) => list],
    ['PEM', pemOf],
  ])('in %s is refused, also after having been accepted', async (_, format) => {
    const store = await open();
    expect(judge(store, alice)).toBe('CN=alice,O=Lab');
    put('ca.crl', format(listOf(ALICE)));
    await expectSoon(store, alice).toBe('CN=alice,O=Lab: it is revoked');
    expect(judge(store, bob)).toBe('CN=bob,O=Lab');
    // Also with a certificate that was not seen before, after the next start.
    expect(judge(await open(), alice)).toContain('revoked');
  });

  it('is accepted again when the operator removes the list, which the log says', async () => {
    put('ca.crl', listOf(ALICE));
    const store = await open();
    expect(judge(store, alice)).toContain('revoked');
    remove('ca.crl');
    await expectSoon(store, alice).toBe('CN=alice,O=Lab');
    expect(logged()).toContain('what it revoked is trusted again');
  });

  it('is refused also if the certificate itself is in the folder', async () => {
    put('alice.crt', alice.pem);
    put('ca.crl', listOf(ALICE));
    expect(judge(await open(), alice)).toContain('revoked');
  });

  it('does not keep its name from the same user with another key', async () => {
    put('alice.crt', alice.pem);
    put('ca.crl', listOf(ALICE));
    expect(judge(await open(), user('alice', [0x40, 3]))).toBe('CN=alice,O=Lab');
  });

  it('is known by the number of its own authority', async () => {
    const other = makeAuthority('CA', 'Other');
    const name = labName('alice', 'Other');
    const namesake = makeCertificate({ name, issuer: other, usage, serial: ALICE });
    put('other.crt', other.pem);
    put('ca.crl', listOf(ALICE));
    const store = await open();
    expect(judge(store, namesake)).toBe('CN=alice,O=Other');
    expect(judge(store, alice)).toContain('revoked');
  });

  it('can be an authority, with all that it has issued', async () => {
    const middle = makeAuthority('Middle', 'Lab', { issuer: lab, serial: [0x40, 9] });
    put('middle.crt', middle.pem);
    const carol = user('carol', [1], middle);
    const store = await open();
    expect(judge(store, carol)).toBe('CN=carol,O=Lab');
    put('ca.crl', listOf([0x40, 9]));
    await expectSoon(store, carol).toContain('its authority CN=Middle,O=Lab is revoked');
  });

  it('of an authority that was renewed with another key is refused', async () => {
    const next = makeAuthority('CA', 'Lab', { issuer: lab });
    put('next.crt', next.pem);
    put('ca.crl', makeRevocationList(next, { revoked: [ALICE] }));
    expect(judge(await open(), alice)).toContain('revoked');
  });
});

describe('of several lists of one authority', () => {
  const older = (revoked: number[][]): Buffer =>
    makeRevocationList(lab, { revoked, thisUpdate: hours(-1) });

  it('the newest counts, whatever its name', async () => {
    put('a.crl', listOf(BOB));
    put('b.crl', older([ALICE]));
    const store = await open();
    expect(judge(store, alice)).toBe('CN=alice,O=Lab');
    expect(judge(store, bob)).toContain('revoked');
  });

  it('made in one second that with the highest number counts', async () => {
    const thisUpdate = new Date();
    put('a.crl', makeRevocationList(lab, { revoked: [ALICE], number: 2, thisUpdate }));
    put('b.crl', makeRevocationList(lab, { revoked: [], number: 1, thisUpdate }));
    expect(judge(await open(), alice)).toContain('revoked');
  });

  it('made in one second that which is there now counts', async () => {
    const thisUpdate = new Date();
    put('ca.crl', makeRevocationList(lab, { revoked: [ALICE], thisUpdate }));
    const store = await open();
    put('ca.crl', makeRevocationList(lab, { revoked: [BOB], thisUpdate }));
    await expectSoon(store, bob).toContain('revoked');
  });

  it('an older one does not replace a newer one while the service runs', async () => {
    put('ca.crl', listOf(ALICE));
    const store = await open();
    put('ca.crl', older([]));
    await expect.poll(logged, soon).toContain('older than one that was here');
    expect(judge(store, alice)).toContain('revoked');
  });
});

describe('a list that is overdue', () => {
  it('goes on counting, and the log complains once an hour', async () => {
    const [thisUpdate, nextUpdate] = [hours(-2), hours(-1)];
    put('ca.crl', makeRevocationList(lab, { revoked: [ALICE], thisUpdate, nextUpdate }));
    const store = await open();
    await expect.poll(logged, soon).toContain('a revocation list is overdue');
    expect(judge(store, alice)).toContain('revoked');
    expect(judge(store, bob)).toBe('CN=bob,O=Lab');
    const complaints = (): number => lines.filter((line) => line.includes('overdue')).length;
    await new Promise((resolve) => setTimeout(resolve, 1_200));
    expect(complaints()).toBe(1);
    vi.useFakeTimers({ toFake: ['Date'], now: hours(1) });
    try {
      await expect.poll(complaints, soon).toBe(2);
    } finally {
      vi.useRealTimers();
    }
  });
});

const forged = makeRevocationList(makeAuthority(), { revoked: [] });
const half = listOf(ALICE).subarray(0, 100);

describe('a file that is no list', () => {
  it.each([
    ['half a list', half],
    ['a list that another key has signed', forged],
    ['a certificate', Buffer.from(lab.pem)],
    ['nothing', Buffer.alloc(0)],
  ])('in place of a good one (%s) leaves revoked who is', async (_, bytes) => {
    put('ca.crl', listOf(ALICE));
    const store = await open();
    put('ca.crl', bytes);
    await expect.poll(logged, soon).toMatch(/is not used.*ca\.crl|ca\.crl.*is not used/);
    expect(judge(store, alice)).toContain('revoked');
    expect(judge(store, bob)).toBe('CN=bob,O=Lab');
    put('ca.crl', listOf(ALICE, BOB));
    await expectSoon(store, bob).toContain('revoked');
  });

  it('is the first of an authority: nothing changes', async () => {
    const store = await open();
    put('ca.crl', half);
    await expect.poll(logged, soon).toContain('ca.crl');
    expect(judge(store, alice)).toBe('CN=alice,O=Lab');
  });

  it('at the start makes the authority doubtful until there is a good one', async () => {
    put('ca.crl', half);
    const store = await open();
    expect(judge(store, bob)).toContain('since a revocation list cannot be read');
    expect(logged()).toContain('it is not known who is revoked');
    put('ca.crl', listOf(ALICE));
    await expectSoon(store, bob).toBe('CN=bob,O=Lab');
    expect(judge(store, alice)).toContain('revoked');
  });

  it('at the start leaves those alone that no authority has issued', async () => {
    const carol = makeCertificate({ name: labName('carol'), usage });
    put('carol.crt', carol.pem);
    put('ca.crl', half);
    expect(judge(await open(), carol)).toBe('CN=carol,O=Lab');
  });

  it('at the start is of no account beside a good one', async () => {
    put('ca.crl', listOf(ALICE));
    put('new.crl', half);
    const store = await open();
    expect(judge(store, bob)).toBe('CN=bob,O=Lab');
    expect(judge(store, alice)).toContain('revoked');
  });

  it('of an authority that is not here is not used', async () => {
    put('other.crl', makeRevocationList(makeAuthority('CA', 'Other'), { revoked: [ALICE] }));
    expect(judge(await open(), alice)).toBe('CN=alice,O=Lab');
    expect(logged()).toContain('there is no authority CN=CA,O=Other here');
  });

  it('is a folder of that name', async () => {
    mkdirSync(join(folder, 'ca.crl'));
    expect(judge(await open(), alice)).toContain('a revocation list cannot be read');
  });
});
