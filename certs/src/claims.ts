import type { Entry, Ledger } from './ledger.js';
import { formatName } from './names.js';
import { Refusal } from './refusal.js';

/**
 * What a key that asks for a certificate is to its name: the `first`, the one that has it already (`renewal`), or the
 * next key of the same user or service (`replacement`).
 */
export type Claim = 'first' | 'renewal' | 'replacement';

/**
 * One subject name, one identity: whoever has the name owns the volumes. A name is in use, also when its
 * certificate has expired, until all its certificates are revoked.
 * @param key the fingerprint of the key that claims the name
 * @returns what a replacement supersedes, else nothing
 * @throws {Refusal} if the name is not this key's to have.
 */
export function checkClaim(ledger: Ledger, subject: string, key: string, claim: Claim): Entry[] {
  if (ledger.certificates.some((each) => each.key === key && isCompromised(each))) {
    throw new Refusal('The key has been revoked as compromised: make another one.');
  }
  const holders = ledger.certificates.filter(
    (each) => !each.revoked && looks(each.subject) === looks(subject),
  );
  const others = holders.filter((each) => each.key !== key || each.subject !== subject);
  const superseded =
    claim === 'replacement' ? others.filter((each) => each.subject === subject) : [];
  const stranger = others.find((each) => !superseded.includes(each));
  if (stranger) {
    throw new Refusal(
      `${stranger.subject} is in use by another key: --replace it, if it is the same one's.`,
    );
  }
  if (claim === 'first' && holders.length > 0) {
    throw new Refusal(`${subject} has a certificate already: renew it to have another one.`);
  }
  if (claim === 'renewal' && holders.length === 0) {
    throw new Refusal(`${subject} has no certificate that could be renewed.`);
  }
  if (claim === 'replacement' && superseded.length === 0) {
    throw new Refusal(`${subject} has no certificate of another key that could be replaced.`);
  }
  return superseded;
}

function isCompromised({ revoked }: Entry): boolean {
  return revoked?.reason === 'keyCompromise';
}

/** Names that a person takes for the same: `Alice` is not to be had beside `alice`. */
function looks(subject: string): string {
  return subject.normalize('NFKC').toLowerCase();
}

/**
 * The certificates that a person means.
 * @param who a serial number, a whole subject name, or its common name
 * @returns the one of this serial number, or all of one subject, newest last
 * @throws {Refusal} if there are none, or they are of several subjects.
 */
export function find({ certificates }: Ledger, who: string): Entry[] {
  const serial = who.replaceAll(':', '').toLowerCase().replace(/^0+/, '');
  const numbered = certificates.filter((each) => each.serial === serial);
  if (numbered.length > 0) return numbered;
  const start = `${formatName([{ shortName: 'CN', value: who }])},`;
  const named = certificates.filter(({ subject }) => subject === who || subject.startsWith(start));
  const subjects = [...new Set(named.map(({ subject }) => subject))];
  if (subjects.length === 1) return named;
  if (subjects.length === 0) throw new Refusal(`There is no certificate of ${who}.`);
  throw new Refusal(`${who} could be ${subjects.join(' or ')}: give the whole name.`);
}
