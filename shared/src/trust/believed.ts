import type { Authorities, Authority, Path } from './authorities.js';
import type { Certificate } from './certificate.js';
import { objectionToAny, objectionToIssuer, objectionToSigner } from './objections.js';
import type { Revocations } from './revocations.js';

/** One way in which a certificate is believed: as long as these certificates, its own first, are valid. */
export interface Way {
  certificates: readonly Certificate[];
  /** Milliseconds since 1970. */
  from: number;
  to: number;
}

/** What holds about a certificate at all times, as long as the folder stays as it is. */
export type Verdict = { refused: string } | { ways: readonly Way[] };

/** Whom a trust folder believes, in one state of its files. */
export class Believed {
  readonly certificates: readonly Certificate[];
  readonly authorities: Authorities;
  readonly #revocations: Revocations;
  readonly #bySubject: ReadonlyMap<string, readonly Certificate[]>;

  /** @param revocations brought up to date with these authorities */
  constructor(
    certificates: readonly Certificate[],
    authorities: Authorities,
    revocations: Revocations,
  ) {
    this.certificates = certificates;
    this.authorities = authorities;
    this.#revocations = revocations;
    this.#bySubject = bySubject(certificates);
  }

  judge(certificate: Certificate): Verdict {
    const pinned = this.#named(certificate.subject).filter(({ maySign }) => maySign);
    const isPinned = pinned.some(({ fingerprint }) => fingerprint === certificate.fingerprint);
    const objection = objectionToSigner(certificate);
    if (objection) return { refused: objection };
    const issuers = this.authorities.issuersOf(certificate);
    const revoked = this.#revocation(certificate, issuers);
    if (revoked) return { refused: `it is ${revoked}` };
    if (pinned.some((rival) => this.#isRival(rival, certificate, issuers))) {
      return { refused: 'another certificate in the folder claims this subject name' };
    }
    if (isPinned) return { ways: [wayOf([certificate])] };
    return this.#judgeIssued(certificate, issuers);
  }

  /** Certificates of the folder that take a name from the authority that is over it. */
  usurpers(among: readonly Certificate[]): readonly Certificate[] {
    return among.filter((certificate) => {
      const { isAuthority, subjectParts } = certificate;
      if (isAuthority || !this.authorities.areOver(subjectParts)) return false;
      return this.authorities.issuersOf(certificate).length === 0;
    });
  }

  /** Why authorities of the folder are not believed. */
  problems(now: Date): readonly string[] {
    return this.authorities.all.flatMap((authority) => {
      const { subject, subjectParts } = authority.certificate;
      const verdict = this.#judgePaths(authority.certificate, [authority]);
      if ('refused' in verdict) return [verdict.refused];
      if (!isOpen(verdict.ways, now)) return [objectionToTime(verdict.ways, now)];
      const { length } = this.authorities.over(subjectParts);
      return length === 0 ? [`${subject} is not the only authority over its names`] : [];
    });
  }

  #judgeIssued(certificate: Certificate, issuers: readonly Authority[]): Verdict {
    if (issuers.length === 0) {
      return { refused: objectionToIssuer(certificate, this.#named(certificate.issuer)) };
    }
    if (certificate.isCa) return { refused: 'a certificate authority does not sign messages' };
    const over = this.authorities.over(certificate.subjectParts);
    const vouching = issuers.filter((each) => over.includes(each));
    const verdict = this.#judgePaths(certificate, vouching.length > 0 ? vouching : issuers);
    if ('refused' in verdict || vouching.length > 0) return verdict;
    return { refused: `${certificate.issuer} is not the authority over its name` };
  }

  #judgePaths(certificate: Certificate, from: readonly Authority[]): Verdict {
    const paths = from.flatMap((each) => this.authorities.pathsFrom(each));
    const objections = paths.map((path) => this.#objectionToPath(path));
    const good = paths.filter((_, index) => objections[index] === undefined);
    if (good.length === 0) {
      const [name] = from.map((each) => each.certificate);
      const fallback = `its authority ${name?.subject} is not signed by the key of ${name?.issuer} here`;
      return { refused: objections[0] ?? fallback };
    }
    const ways = good.map((path) => path.map((each) => each.certificate));
    return { ways: ways.map((path) => wayOf([certificate, ...path])) };
  }

  /** Two keys may have one name only if one authority has issued both. */
  #isRival(rival: Certificate, certificate: Certificate, issuers: readonly Authority[]): boolean {
    if (rival.key === certificate.key) return false;
    const identities = issuers.map(({ identity }) => identity);
    return !this.authorities.issuersOf(rival).some(({ identity }) => identities.includes(identity));
  }

  #revocation({ serial }: Certificate, issuers: readonly Authority[]): string | undefined {
    for (const issuer of issuers) {
      const objection = this.#revocations.objection(serial, issuer);
      if (objection) return objection;
    }
    return undefined;
  }

  /** RFC 5280, 6.1, but for the validity. */
  #objectionToPath(path: Path): string | undefined {
    let between = 0;
    for (const [index, { certificate }] of path.entries()) {
      const { subject, issuer, pathLength } = certificate;
      const objection = objectionToAny(certificate);
      if (objection) return `its authority ${subject} is not believed: ${objection}`;
      if (between > pathLength) return `${subject} allows no authorities so far below it`;
      // RFC 5280, 6.1.4 (l): what an authority issued to itself does not count.
      if (subject !== issuer) between += 1;
      const above = path.slice(index + 1, index + 2);
      const revoked = this.#revocation(certificate, above);
      if (revoked) return `its authority ${subject} is ${revoked}`;
    }
    return undefined;
  }

  #named(subject: string): readonly Certificate[] {
    return this.#bySubject.get(subject) ?? [];
  }
}

/** Whether one of these ways is open at a time. */
export function isOpen(ways: readonly Way[], now: Date): boolean {
  const time = now.getTime();
  return ways.some(({ from, to }) => from <= time && time <= to);
}

/** Why none of these ways is open at a time. */
export function objectionToTime(ways: readonly Way[], now: Date): string {
  const certificates = ways[0]?.certificates ?? [];
  const outdated = certificates.find((each) => !isValidAt(each, now));
  if (!outdated) return 'it is not valid now';
  const isOwn = outdated === certificates[0] && !outdated.isAuthority;
  const who = isOwn ? 'it' : `its authority ${outdated.subject}`;
  return now < outdated.notBefore
    ? `${who} is not valid before ${outdated.notBefore.toISOString()}`
    : `${who} has expired on ${outdated.notAfter.toISOString()}`;
}

function isValidAt({ notBefore, notAfter }: Certificate, now: Date): boolean {
  return notBefore <= now && now <= notAfter;
}

function wayOf(certificates: readonly Certificate[]): Way {
  return {
    certificates,
    from: Math.max(...certificates.map(({ notBefore }) => notBefore.getTime())),
    to: Math.min(...certificates.map(({ notAfter }) => notAfter.getTime())),
  };
}

function bySubject(certificates: readonly Certificate[]): Map<string, Certificate[]> {
  const groups = new Map<string, Certificate[]>();
  for (const certificate of certificates) {
    const group = groups.get(certificate.subject);
    if (group) group.push(certificate);
    else groups.set(certificate.subject, [certificate]);
  }
  return groups;
}
