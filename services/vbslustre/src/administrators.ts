const PART = String.raw`(?:[A-Z]+|[\d.]+)=(?:[^\\",+;<>*]|\\.)+`;
const NAME = new RegExp(`^${PART}(?:[,+]${PART})*$`);

/** Whether this is a whole subject name (RFC 4514) as certificates are read here; there are no patterns of administrators. */
export function isSubjectName(text: string): boolean {
  return NAME.test(text);
}

/** Whether this user is one of those whom the settings name: the subject name is the same, to the letter. */
export function isAdministrator(
  { administrators }: { administrators: readonly string[] },
  userId: string,
): boolean {
  return administrators.includes(userId);
}
