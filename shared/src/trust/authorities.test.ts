import { describe, expect, it } from 'vitest';
import {
  extension,
  hours,
  type Issued,
  makeAuthority,
  makeCertificate,
  rsaKeys,
  USAGE,
} from '../testing/certificates.js';
import { der, labName, octets, sequence } from '../testing/der.js';
import { openTrust, quietLog, trustFolder, trustOf } from '../testing/trust.js';

const usage = USAGE.digitalSignature;
const root = makeAuthority('Root');
const middle = makeAuthority('Middle', 'Lab', { issuer: root });

const user = (issuer: Issued, name = 'alice', organisation = 'Lab'): Issued =>
  makeCertificate({ name: labName(name, organisation), issuer, usage });

/** What a folder of these authorities says to a user of the last one: the user id, or why not. */
async function judge(authorities: readonly Issued[], who = user(authorities.at(-1) as Issued)) {
  const store = await trustOf(...authorities.map(({ pem }) => pem));
  try {
    return store.accept(who.der, new Date()).subject;
  } catch (error) {
    return (error as Error).message;
  }
}

const ALICE = 'CN=alice,O=Lab';

describe('an authority below another', () => {
  it('vouches for its users', async () => {
    expect(await judge([root, middle])).toBe(ALICE);
  });

  it('vouches for its users, whichever name they have, if all stand below one', async () => {
    expect(await judge([root, middle], user(middle, 'x', 'Other'))).toBe('CN=x,O=Other');
  });

  it('stands for itself if the one above is not there', async () => {
    expect(await judge([middle])).toBe(ALICE);
  });

  it('must be there, since a message brings one certificate', async () => {
    expect(await judge([root], user(middle))).toContain('there is no CN=Middle,O=Lab');
  });

  it('has the names alone: one key of each name', async () => {
    expect(await judge([root, middle], user(root))).toContain(
      'CN=Root,O=Lab is not the authority over its name',
    );
  });

  it('leaves the other names to the one above', async () => {
    const name = labName('Middle', 'Unit');
    const unit = makeCertificate({
      name,
      issuer: root,
      isAuthority: true,
      usage: USAGE.keyCertSign,
    });
    expect(await judge([root, unit], user(root))).toBe(ALICE);
    expect(await judge([root, unit], user(unit, 'x', 'Unit'))).toBe('CN=x,O=Unit');
  });

  it('is not believed if another key has signed it than that of its name', async () => {
    const impostor = makeAuthority('Middle', 'Lab', { issuer: makeAuthority('Root') });
    expect(await judge([root, impostor])).toContain(
      'its authority CN=Middle,O=Lab is not signed by the key of CN=Root,O=Lab here',
    );
  });

  it('is not believed if it was signed with SHA-1', async () => {
    const weak = makeAuthority('Middle', 'Lab', { issuer: root, hash: 'sha1' });
    expect(await judge([root, weak])).toContain('is not signed by the key of CN=Root,O=Lab');
  });

  it('is not believed when the one above has expired', async () => {
    const past = makeAuthority('Root', 'Lab', { notAfter: hours(-0.5) });
    const below = makeAuthority('Middle', 'Lab', { issuer: past });
    expect(await judge([past, below])).toContain('its authority CN=Root,O=Lab has expired on');
  });

  it('is not believed if the one above allows none', async () => {
    const narrow = makeAuthority('Root', 'Lab', { pathLength: 0 });
    const below = makeAuthority('Middle', 'Lab', { issuer: narrow });
    expect(await judge([narrow, below])).toContain('CN=Root,O=Lab allows no authorities so far');
    const wider = makeAuthority('Root', 'Lab', { pathLength: 1 });
    const allowed = makeAuthority('Middle', 'Lab', { issuer: wider });
    expect(await judge([wider, allowed])).toBe(ALICE);
    const lowest = makeAuthority('Lowest', 'Lab', { issuer: allowed });
    expect(await judge([wider, allowed, lowest])).toContain('CN=Root,O=Lab allows no authorities');
  });

  it('is not believed in a circle', async () => {
    const [a, b] = ['A', 'B'].map((name) => makeAuthority(name)) as [Issued, Issued];
    const circle = [
      makeAuthority('A', 'Lab', { issuer: b, keys: a.keys }),
      makeAuthority('B', 'Lab', { issuer: a, keys: b.keys }),
    ];
    expect(await judge(circle)).toContain('CN=B,O=Lab');
    expect(await judge(circle)).not.toBe(ALICE);
  });
});

/** Names of servers that end with "x" are allowed (RFC 5280, 4.2.1.10). */
const CONSTRAINTS = octets(sequence(der(0xa0, sequence(der(0x82, Buffer.from('x'))))));

describe('an authority vouches for nobody', () => {
  it.each([
    [
      'that has expired',
      'its authority CN=CA,O=Lab has expired on',
      makeAuthority('CA', 'Lab', { notAfter: hours(-0.5) }),
    ],
    [
      'that is not valid yet',
      'its authority CN=CA,O=Lab is not valid before',
      makeAuthority('CA', 'Lab', { notBefore: hours(0.5) }),
    ],
    [
      'whose key usage does not say so',
      'the key usage of CN=CA,O=Lab does not say that it signs certificates',
      makeCertificate({ name: labName('CA'), isAuthority: true }),
    ],
    [
      'whose key usage says something else',
      'the key usage of CN=CA,O=Lab does not say that it signs certificates',
      makeAuthority('CA', 'Lab', { usage }),
    ],
    [
      'that is a user',
      'CN=CA,O=Lab is not a certificate authority',
      makeAuthority('CA', 'Lab', { isAuthority: false }),
    ],
    [
      'whose key is weak',
      'weaker than RSA 2048',
      makeAuthority('CA', 'Lab', { keys: rsaKeys(1024) }),
    ],
    [
      'whose names are constrained',
      'the extension 2.5.29.30, not supported',
      makeAuthority('CA', 'Lab', { extensions: [extension('2.5.29.30', true, CONSTRAINTS)] }),
    ],
  ])('%s', async (_, reason, authority) => {
    expect(await judge([authority])).toContain(reason);
  });

  it('which the log says when it is loaded', async () => {
    const { log, lines } = quietLog();
    const folder = trustFolder(makeAuthority('CA', 'Lab', { notAfter: hours(-0.5) }).pem);
    await openTrust(folder, log);
    const line = lines.find((each) => each.includes('vouches for nobody'));
    expect(line).toContain('its authority CN=CA,O=Lab has expired');
  });
});

describe('one name of two authorities', () => {
  const first = makeAuthority();

  it('makes neither believed if they have nothing to do with each other', async () => {
    const second = makeAuthority();
    for (const issuer of [first, second]) {
      expect(await judge([first, second], user(issuer))).toContain('not the authority over');
    }
  });

  it('is one authority that was renewed for the same key', async () => {
    const renewed = makeAuthority('CA', 'Lab', { keys: first.keys });
    expect(await judge([first, renewed])).toBe(ALICE);
    const expired = makeAuthority('CA', 'Lab', { keys: first.keys, notAfter: hours(-0.5) });
    expect(await judge([expired, renewed])).toBe(ALICE);
    expect(await judge([renewed, expired])).toBe(ALICE);
  });

  it('is one authority that has certified its next key', async () => {
    const next = makeAuthority('CA', 'Lab', { issuer: first });
    for (const issuer of [first, next]) {
      expect(await judge([first, next], user(issuer))).toBe(ALICE);
    }
  });

  it('is one authority if the same one has issued both', async () => {
    const again = makeAuthority('Middle', 'Lab', { issuer: root });
    for (const issuer of [middle, again]) {
      expect(await judge([root, middle, again], user(issuer))).toBe(ALICE);
    }
  });
});
