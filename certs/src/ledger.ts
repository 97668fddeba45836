import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { exists, writeWhole } from './files.js';
import { Refusal } from './refusal.js';
import type { Reason } from './revocationList.js';

/** A certificate that was issued. */
export interface Entry {
  /** In lower-case hexadecimal without leading zeros. */
  serial: string;
  /** RFC 4514 string: the user id. */
  subject: string;
  /** SHA-256 of the DER bytes, in hexadecimal. */
  fingerprint: string;
  /** SHA-256 of the SubjectPublicKeyInfo, in hexadecimal. */
  key: string;
  /** ISO 8601. */
  notAfter: string;
  revoked?: { at: string; reason: Reason };
}

/** All that an authority has issued, kept in `index.json`. */
export interface Ledger {
  /** Of the newest revocation list (RFC 5280, 5.2.3); 0 before the first. */
  crlNumber: number;
  certificates: Entry[];
}

const FILE = 'index.json';

export const emptyLedger = (): Ledger => ({ crlNumber: 0, certificates: [] });

export function hasLedger(directory: string): Promise<boolean> {
  return exists(join(directory, FILE));
}

/** @throws {Refusal} if there is none, or it is damaged: what was issued must not be forgotten. */
export async function readLedger(directory: string): Promise<Ledger> {
  const file = join(directory, FILE);
  if (!(await exists(file))) throw new Refusal(`${file} is missing: restore it from a backup.`);
  const text = await readFile(file, 'utf8');
  try {
    const ledger: unknown = JSON.parse(text);
    if (isLedger(ledger)) return ledger;
  } catch {
    // As below: damaged.
  }
  throw new Refusal(`${file} is damaged: restore it from a backup.`);
}

export async function writeLedger(directory: string, ledger: Ledger): Promise<void> {
  await writeWhole(join(directory, FILE), `${JSON.stringify(ledger, undefined, 2)}\n`, 0o644);
}

function isLedger(value: unknown): value is Ledger {
  const { crlNumber, certificates } = value as Partial<Ledger>;
  return (
    Number.isSafeInteger(crlNumber) && Array.isArray(certificates) && certificates.every(isEntry)
  );
}

function isEntry(value: Partial<Entry>): boolean {
  const { serial, subject, fingerprint, key, notAfter, revoked } = value;
  return (
    [serial, subject, fingerprint, key].every((text) => typeof text === 'string') &&
    isDate(notAfter) &&
    (revoked === undefined || (isDate(revoked.at) && typeof revoked.reason === 'string'))
  );
}

function isDate(text: string | undefined): boolean {
  return !Number.isNaN(Date.parse(text ?? ''));
}
