import { readFileSync } from 'node:fs';
import { type Certificate, readCertificate } from '@vbs-lustre/shared/trust/certificate';
import { readCertificateFile } from '@vbs-lustre/shared/trust/certificateFile';
import { loadIdentity } from '@vbs-lustre/shared/trust/identity';
import { UsageError } from '../commandError.js';
import { reasonOf } from './reason.js';

interface Files {
  certificate: string;
  privateKey: string;
  authority: string;
}

/** @throws {UsageError} a sentence about the first file that is not what it should be */
export async function checkFiles({ certificate, privateKey, authority }: Files): Promise<void> {
  readUserCertificate(certificate);
  checkAuthority(authority);
  read(privateKey, 'private key', '--private-key or VBS_PRIVATE_KEY');
  try {
    await loadIdentity(certificate, privateKey);
  } catch (error) {
    const { message } = error as Error;
    // OpenSSL's own words help nobody.
    const isClear = message.startsWith(privateKey);
    throw new UsageError(
      isClear
        ? `The private key ${message}.`
        : `The private key ${privateKey} is none in PEM without a passphrase.`,
    );
  }
}

/** The certificate that says who the user is. @throws {UsageError} */
export function readUserCertificate(file: string): Certificate {
  const bytes = read(file, 'certificate', '--certificate or VBS_CERTIFICATE');
  try {
    return readCertificate(bytes);
  } catch {
    throw new UsageError(`The certificate ${file} is none in PEM.`);
  }
}

function checkAuthority(file: string): void {
  const bytes = read(file, 'authority', '--authority or VBS_AUTHORITY');
  try {
    readCertificateFile(bytes);
  } catch (error) {
    const [reason] = (error as Error).message.split(': error:');
    throw new UsageError(`The authority ${file} cannot be used: ${reason}.`);
  }
}

function read(file: string, what: string, how: string): Buffer {
  try {
    return readFileSync(file);
  } catch (error) {
    throw new UsageError(
      `The ${what} ${file} cannot be read: ${reasonOf(error)}; give another one by ${how}, or run vbs configure.`,
    );
  }
}
