/** A name that is fit for files, logs and addresses. */
const NAME = '[A-Za-z0-9][A-Za-z0-9._:-]*';
const COMMON_NAME = new RegExp(`^CN=(${NAME})(?=,|$)`);
const ANY = 'CN=*,';

/** Whether this is a subject name (RFC 4514) or, beginning with `CN=*,`, a pattern of some. */
export function isPattern(text: string): boolean {
  const exact = text.startsWith(ANY) ? `CN=any,${text.slice(ANY.length)}` : text;
  return COMMON_NAME.test(exact) && !exact.includes('*') && !exact.endsWith(',');
}

/**
 * The name of a delegate is the CN of its certificate: what the authority has certified, not what a message says.
 * @returns undefined if the subject has none that is fit
 */
export function delegateName(subject: string): string | undefined {
  return COMMON_NAME.exec(subject)?.[1];
}

/** Whether a subject is meant by one of the patterns. The star stands for one name, never for a part of another. */
export function matchesAny(patterns: readonly string[], subject: string): boolean {
  const name = delegateName(subject);
  if (name === undefined) return false;
  return patterns.some((pattern) => pattern.replace(/^CN=\*/, `CN=${name}`) === subject);
}
