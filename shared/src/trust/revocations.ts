import type { Log } from '../log.js';
import type { Authorities, Authority } from './authorities.js';
import type { RevocationList } from './revocationList.js';
import type { TrustFiles } from './trustFolder.js';

const COMPLAINT_INTERVAL_MS = 3_600_000;

/** What is revoked: of each authority the newest list that this process has seen. */
export class Revocations {
  readonly #log: Log;
  /** By the authority's name and key, which do not change when the folder does. */
  #newest: ReadonlyMap<string, RevocationList> = new Map();
  /** By the authority's identity. */
  #lists: ReadonlyMap<string, readonly RevocationList[]> = new Map();
  /** Whether a list could not be read at the start and still can't: whose it is, is not known. */
  #isInDoubt: boolean | undefined;
  readonly #complainedAt = new Map<string, number>();
  readonly #reported = new WeakSet<RevocationList>();

  constructor(log: Log) {
    this.#log = log;
  }

  /** To be called whenever the folder has changed. */
  update(files: TrustFiles, authorities: Authorities): void {
    const { found, unusable } = this.#sort(files, authorities);
    const isCertain = unusable.length === 0;
    const newest = new Map<string, RevocationList>();
    for (const authority of authorities.all) {
      const key = keyOf(authority);
      const list = this.#choose(key, found.get(key), isCertain);
      if (list) newest.set(key, list);
    }
    this.#newest = newest;
    this.#lists = group(authorities, newest);
    this.#isInDoubt = !isCertain && (this.#isInDoubt ?? true);
    if (this.#isInDoubt) {
      this.#log.error(
        'it is not known who is revoked; authorities without a list vouch for nobody',
        {
          files: unusable,
        },
      );
    }
  }

  /** Why a certificate that this authority has issued must not be believed. */
  objection(serial: string, { identity }: Authority): string | undefined {
    const lists = this.#lists.get(identity);
    if (lists?.some(({ revokedSerials }) => revokedSerials.has(serial))) return 'revoked';
    if (lists || !this.#isInDoubt) return undefined;
    return 'not known to be not revoked, since a revocation list cannot be read';
  }

  /** A list that is overdue goes on counting, and is complained about once an hour. */
  complain(now: Date): void {
    for (const [key, { issuer, nextUpdate }] of this.#newest) {
      const isRecent = now.getTime() - (this.#complainedAt.get(key) ?? 0) < COMPLAINT_INTERVAL_MS;
      if (nextUpdate > now || isRecent) continue;
      this.#complainedAt.set(key, now.getTime());
      this.#log.error('a revocation list is overdue: what was revoked since is not known', {
        authority: issuer,
        nextUpdate: nextUpdate.toISOString(),
      });
    }
  }

  /** The newest list of each authority in the folder, and the files that ought to be somebody's. */
  #sort({ lists, unreadableLists }: TrustFiles, { all }: Authorities) {
    const found = new Map<string, RevocationList>();
    const unusable = [...unreadableLists];
    for (const [file, list] of lists) {
      const named = all.filter(({ certificate }) => certificate.subject === list.issuer);
      const signers = named.filter(({ certificate }) => list.isSignedBy(certificate));
      if (signers.length === 0) {
        this.#report(list, 'a revocation list is not used', {
          file,
          reason: reasonOf(list, named),
        });
        if (named.length > 0) unusable.push(file);
      }
      for (const key of signers.map(keyOf)) {
        if (isNewer(list, found.get(key))) found.set(key, list);
      }
    }
    return { found, unusable };
  }

  #choose(
    key: string,
    current: RevocationList | undefined,
    isCertain: boolean,
  ): RevocationList | undefined {
    const former = this.#newest.get(key);
    if (current === former) return former;
    if (current && !(former && isNewer(former, current))) {
      const { issuer, thisUpdate, nextUpdate, revokedSerials } = current;
      const fields = { authority: issuer, thisUpdate, nextUpdate, revoked: revokedSerials.size };
      this.#log.info('revocation list loaded', fields);
      return current;
    }
    if (current) {
      this.#report(current, 'a revocation list is older than one that was here, which counts', {
        authority: current.issuer,
      });
      return former;
    }
    if (!isCertain) return former;
    this.#log.warn('a revocation list was removed: what it revoked is trusted again', {
      authority: former?.issuer,
    });
    return undefined;
  }

  #report(list: RevocationList, message: string, fields: object): void {
    if (!this.#reported.has(list)) this.#log.error(message, fields);
    this.#reported.add(list);
  }
}

function keyOf({ certificate }: Authority): string {
  return `${certificate.subject} ${certificate.key}`;
}

function reasonOf({ issuer }: RevocationList, named: readonly Authority[]): string {
  return named.length > 0
    ? `it is not signed by the key of ${issuer}`
    : `there is no authority ${issuer} here`;
}

/** By its time, and of two in one second by its number. */
function isNewer(list: RevocationList, than: RevocationList | undefined): boolean {
  if (!than) return true;
  const later = list.thisUpdate.getTime() - than.thisUpdate.getTime();
  return later > 0 || (later === 0 && (list.number ?? -1n) > (than.number ?? -1n));
}

function group(authorities: Authorities, newest: ReadonlyMap<string, RevocationList>) {
  const lists = new Map<string, RevocationList[]>();
  for (const authority of authorities.all) {
    const list = newest.get(keyOf(authority));
    const { identity } = authority;
    if (list) lists.set(identity, [...(lists.get(identity) ?? []), list]);
  }
  return lists;
}
