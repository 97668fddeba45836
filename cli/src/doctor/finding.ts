/** What the doctor has found. */
export interface Finding {
  /** `note`: nothing is wrong, but good to know. */
  level: 'wrong' | 'note';
  /** Whom or what it is about. */
  about: string;
  problem: string;
  remedy: string;
}

const DAY_MS = 24 * 3_600_000;
/** Enough to get a new one in time. */
const CERTIFICATE_DAYS = 30;
/** A message is not believed from a minute on. */
const CLOCK_MS = 10_000;

export const wrong = (about: string, problem: string, remedy: string): Finding => ({
  ...{ level: 'wrong', about, problem, remedy },
});

export const note = (about: string, problem: string, remedy: string): Finding => ({
  ...{ level: 'note', about, problem, remedy },
});

export function certificateFindings(about: string, ends: Date | undefined, now: Date): Finding[] {
  if (!ends) return [];
  const days = Math.floor((ends.getTime() - now.getTime()) / DAY_MS);
  if (days >= CERTIFICATE_DAYS) return [];
  const when = days < 0 ? 'has ended' : `ends in ${days} days`;
  return [wrong(about, `its certificate ${when}`, 'renew it: vbs-certs, or your authority')];
}

/** @param aheadMs before another clock; undefined if that is not known @param uncertainMs how far that may be wrong */
export function clockFindings(
  about: string,
  aheadMs: number | undefined,
  than: string,
  uncertainMs = 0,
): Finding[] {
  if (aheadMs === undefined || Math.abs(aheadMs) - uncertainMs <= CLOCK_MS) return [];
  const seconds = Math.round(Math.abs(aheadMs) / 1000);
  const way = aheadMs > 0 ? 'ahead of' : 'behind';
  return [wrong(about, `its clock is ${seconds} s ${way} ${than}`, 'set the clocks, as with NTP')];
}
