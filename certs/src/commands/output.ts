import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { exists, writeWhole } from '../files.js';
import type { Issued } from '../issuing.js';
import type { Entry } from '../ledger.js';
import { Refusal } from '../refusal.js';

/**
 * Hands a certificate out.
 * @param file replaced only if it is a certificate of the same subject: `ca.crt`, or another user's, is not
 * @returns what to tell the operator, the user id first
 */
export async function handOut({ entry, certificatePem }: Issued, file: string): Promise<string> {
  if ((await exists(file)) && (await subjectIn(file)) !== subjectOf(certificatePem)) {
    throw new Refusal(
      `${file} is something else and stays; the new certificate is issued/${entry.serial}.crt in the authority's folder.`,
    );
  }
  await writeWhole(file, certificatePem, 0o644);
  return `${entry.subject}\n${file}: serial ${entry.serial}, valid until ${day(entry.notAfter)}\n`;
}

async function subjectIn(file: string): Promise<string | undefined> {
  try {
    return subjectOf(await readFile(file, 'utf8'));
  } catch {
    return undefined;
  }
}

function subjectOf(pem: string): string {
  return new X509Certificate(pem).subject;
}

/** The certificates as a table. */
export function table(entries: readonly Entry[]): string {
  const rows = entries.map((each) => [each.serial, each.subject, day(each.notAfter), state(each)]);
  const lines = [['SERIAL', 'SUBJECT', 'VALID UNTIL', 'STATE'], ...rows];
  const widths = [0, 1, 2].map((column) =>
    Math.max(...lines.map((line) => line[column]?.length ?? 0)),
  );
  return lines
    .map((line) => line.map((text, column) => text.padEnd(widths[column] ?? 0)).join('  '))
    .map((line) => `${line}\n`)
    .join('');
}

function state({ revoked, notAfter }: Entry): string {
  if (revoked) return `revoked ${day(revoked.at)} (${revoked.reason})`;
  return Date.parse(notAfter) < Date.now() ? 'expired' : 'valid';
}

/** The day, in UTC, of an ISO 8601 time. */
export function day(time: string): string {
  return time.slice(0, 10);
}
