import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from './trust.js';

/**
 * The verdict of a judge who shares no code with us.
 * @param names the local names of the elements whose attribute Id is an Id
 * @returns `OK`, or what xmlsec1 says is wrong
 */
export function judgeOfXmlsec(text: string, pem: string, names: readonly string[]): string {
  const folder = temporaryFolder();
  const message = join(folder, 'message.xml');
  const certificate = join(folder, 'certificate.pem');
  writeFileSync(message, text);
  writeFileSync(certificate, pem);
  const ids = names.flatMap((name) => ['--id-attr:Id', name]);
  const args = ['--verify', ...ids, '--pubkey-cert-pem', certificate, message];
  const { error, status, stderr } = spawnSync('xmlsec1', args, { encoding: 'utf8' });
  if (error)
    throw new Error(`xmlsec1 is needed to judge signatures (${error.message}): install it`);
  return status === 0 ? 'OK' : stderr;
}
