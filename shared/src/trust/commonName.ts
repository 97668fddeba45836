import type { Certificate } from './certificate.js';

/** What the front end takes as the name of a host, too. */
const NAME = /^CN=([A-Za-z0-9][A-Za-z0-9._:-]*)$/;

/**
 * The common name of a service's certificate: its name in the deployment, which it so can't choose by itself.
 * @throws {Error} if it has none that is a name of letters, digits, dots and dashes
 */
export function commonNameOf({ subject, subjectParts }: Certificate): string {
  const [name, ...more] = subjectParts.flatMap((part) => NAME.exec(part)?.[1] ?? []);
  if (name !== undefined && more.length === 0) return name;
  throw new Error(
    `the certificate of ${subject} needs one common name (CN) of letters, digits, dots and dashes`,
  );
}
