import { copyFile, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { CertificateFolder, type CertificateRequest } from '@vbs-lustre/certs';
import type { Layout } from './layout.js';

const AUTHORITY_DAYS = 3650;
const DAYS = 365;
const SERVER_NAMES = ['localhost', '127.0.0.1'];
/** A user of every deployment. */
export const ADMINISTRATOR = 'admin';
const ORGANISATION = { shortName: 'O', value: 'VBS-Lustre' } as const;

export interface ServiceName {
  name: string;
  unit: 'services' | DelegateUnit;
}

export type DelegateUnit = 'volume-delegates' | 'vmm-delegates';

/** The user id that the certificate of a service gets (RFC 4514). */
export function serviceSubject(service: string): string {
  return `CN=${service},OU=services,O=VBS-Lustre`;
}

/** The user ids that the certificates of all delegates of a kind get. */
export function delegateSubjects(unit: DelegateUnit): string {
  return `CN=*,OU=${unit},O=VBS-Lustre`;
}

/** The user id that the certificate of a user gets. */
export function userSubject(user: string): string {
  return `CN=${user},OU=users,O=VBS-Lustre`;
}

/** Makes the authority, the certificates and the trust folders that are missing. */
export async function ensureCertificates(
  layout: Layout,
  services: readonly ServiceName[],
  users: readonly string[],
): Promise<CertificateFolder> {
  const folder = new CertificateFolder(layout.pki);
  const authority = await folder.ensureAuthority({
    subject: [ORGANISATION, { shortName: 'CN', value: 'VBS-Lustre CA' }],
    days: AUTHORITY_DAYS,
  });
  for (const { name, unit } of services) {
    await folder.ensureIssued(name, authority, {
      ...named(unit, name),
      // Its own name, for machines of the lab that know it by that.
      serverNames: [...SERVER_NAMES, name],
    });
  }
  for (const name of users) await folder.ensureIssued(name, authority, named('users', name));
  await trust(layout.frontEndTrust, folder, 'ca');
  await trust(layout.delegateTrust, folder, 'vbslustre');
  return folder;
}

function named(unit: string, name: string): CertificateRequest {
  return {
    subject: [ORGANISATION, { shortName: 'OU', value: unit }, { shortName: 'CN', value: name }],
    days: DAYS,
  };
}

async function trust(directory: string, folder: CertificateFolder, name: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  await copyFile(folder.certificate(name), join(directory, `${name}.crt`));
}
