import type { Log } from '../log.js';
import type { Believed } from './believed.js';
import type { Certificate } from './certificate.js';

/** A folder can hold thousands; a line of the log has room for some. */
const MAX_NAMES = 20;

/** Tells the operator what has changed in a trust folder, and which of its authorities are not believed. */
export function logChange(log: Log, before: Believed, after: Believed): void {
  const added = missingIn(before.certificates, after.certificates);
  const removed = missingIn(after.certificates, before.certificates);
  log.info('trusted certificates loaded', {
    authorities: names(after.authorities.all.map(({ certificate }) => certificate)),
    certificates: after.certificates.length - after.authorities.all.length,
    added: names(added),
    removed: names(removed),
  });
  const usurpers = after.usurpers(added);
  if (usurpers.length > 0) {
    log.warn(
      'certificates in the trust folder have names that an authority there could give away',
      {
        certificates: names(usurpers),
      },
    );
  }
  const now = new Date();
  const former = new Set(before.problems(now));
  for (const problem of after.problems(now)) {
    if (!former.has(problem)) {
      log.error('an authority in the trust folder vouches for nobody', { reason: problem });
    }
  }
}

function missingIn(certificates: readonly Certificate[], of: readonly Certificate[]) {
  const known = new Set(certificates.map(({ fingerprint }) => fingerprint));
  return of.filter(({ fingerprint }) => !known.has(fingerprint));
}

function names(certificates: readonly Certificate[]): string[] {
  const some = certificates.slice(0, MAX_NAMES).map(({ subject }) => subject);
  const more = certificates.length - some.length;
  return more > 0 ? [...some, `and ${more} more`] : some;
}
