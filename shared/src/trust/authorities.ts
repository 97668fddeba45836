import { type Certificate, isIssuedBy } from './certificate.js';

/** A certificate authority of the trust folder. */
export interface Authority {
  certificate: Certificate;
  /** Who has certified it; nobody if it stands for itself. */
  parents: readonly Authority[];
  /** It names an authority of the folder as its issuer, and is worth what that one says. */
  isBelow: boolean;
  /** The same for all certificates of one authority. */
  identity: string;
}

/** From an authority (first) to one that stands for itself (last), each issued by the next. */
export type Path = readonly Authority[];

/** Longer than any that is in use; authorities can certify each other in circles. */
const MAX_PATH = 8;

/** The authorities of a trust folder: who has issued whom, and who is over which names. */
export class Authorities {
  readonly all: readonly Authority[];

  constructor(certificates: readonly Certificate[]) {
    this.all = certificates.map((certificate) => ({
      certificate,
      parents: [],
      isBelow: false,
      identity: `${certificate.subject} ${certificate.key}`,
    }));
    for (const authority of this.all) Object.assign(authority, this.#above(authority));
    while (this.all.some((authority) => this.#unite(authority)));
  }

  /** Those that have signed this certificate. */
  issuersOf(certificate: Certificate): readonly Authority[] {
    return this.#named(certificate.issuer).filter((each) =>
      isIssuedBy(certificate, each.certificate),
    );
  }

  /** All ways from an authority to one that stands for itself. */
  pathsFrom(authority: Authority, below: Path = []): readonly Path[] {
    if (below.length >= MAX_PATH || below.includes(authority)) return [];
    const path = [...below, authority];
    if (!authority.isBelow) return [path];
    return authority.parents.flatMap((parent) => this.pathsFrom(parent, path));
  }

  /**
   * The one authority that may vouch for a subject name, in all its certificates: never two, or one could make itself
   * the other's users. It is the one whose own name, less its first part, is the longest end of the subject name
   * (`CN=CA,O=Lab` is over `CN=alice,O=Lab`); if all stand below a single one, it may be any name. Of an authority
   * and those that it has certified it is the lowest.
   */
  over(subjectParts: readonly string[]): readonly Authority[] {
    // One that nobody has issued, of those whose name it gives, is no authority at all.
    const all = this.all.filter(({ isBelow, parents }) => !isBelow || parents.length > 0);
    const over = all.filter(({ certificate }) => isUnder(subjectParts, certificate));
    const longest = Math.max(...over.map(({ certificate }) => certificate.subjectParts.length));
    const nearest =
      over.length === 0 && countIdentities(all.filter((each) => !each.isBelow)) === 1
        ? all
        : over.filter(({ certificate }) => certificate.subjectParts.length === longest);
    const lowest = nearest.filter((each) => !nearest.some((other) => this.#isOver(each, other)));
    return countIdentities(lowest) === 1 ? lowest : [];
  }

  /** Whether a subject name is below that of some authority. */
  areOver(subjectParts: readonly string[]): boolean {
    return this.all.some(({ certificate }) => isUnder(subjectParts, certificate));
  }

  #named(subject: string): readonly Authority[] {
    return this.all.filter(({ certificate }) => certificate.subject === subject);
  }

  #above({ certificate }: Authority): Pick<Authority, 'parents' | 'isBelow'> {
    const isSelfSigned =
      certificate.subject === certificate.issuer && certificate.x509.verify(certificate.publicKey);
    if (isSelfSigned) return { parents: [], isBelow: false };
    const named = this.#named(certificate.issuer).filter(
      (each) => each.certificate.key !== certificate.key,
    );
    const parents = named.filter((each) => isIssuedBy(certificate, each.certificate));
    return { parents, isBelow: named.length > 0 };
  }

  /**
   * Certificates of one name are one authority's if they have one key, one has issued the other (as when its key is
   * replaced: RFC 4210, 4.4), or the same authority has issued both. Else it is two that claim one name.
   * @returns whether two were found to be one
   */
  #unite(authority: Authority): boolean {
    const other = this.#named(authority.certificate.subject).find(
      (each) => each.identity !== authority.identity && isOneAuthority(authority, each),
    );
    if (!other) return false;
    const { identity } = other;
    for (const each of this.all) {
      if (each.identity === identity) each.identity = authority.identity;
    }
    return true;
  }

  /** Whether one has certified another of another name, itself or through others. */
  #isOver(upper: Authority, lower: Authority): boolean {
    if (upper.certificate.subject === lower.certificate.subject) return false;
    return this.pathsFrom(lower).some((path) => path.includes(upper));
  }
}

function isOneAuthority(one: Authority, other: Authority): boolean {
  const isParent = one.parents.includes(other) || other.parents.includes(one);
  const isSibling = one.parents.some(({ identity }) =>
    other.parents.some((parent) => parent.identity === identity),
  );
  return one.certificate.key === other.certificate.key || isParent || isSibling;
}

function countIdentities(authorities: readonly Authority[]): number {
  return new Set(authorities.map(({ identity }) => identity)).size;
}

function isUnder(subjectParts: readonly string[], authority: Certificate): boolean {
  const end = authority.subjectParts.slice(1);
  const start = subjectParts.length - end.length;
  return start > 0 && end.every((part, index) => part === subjectParts[start + index]);
}
