import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { AuthorityFolder } from '../authorityFolder.js';
import { run } from '../commands/run.js';

const folders: string[] = [];

afterAll(() => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** A new folder, removed after the tests of the file. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'certs-'));
  folders.push(folder);
  return folder;
}

/**
 * The judge, who shares no code with us.
 * @returns what it printed, also as errors
 * @throws {Error} if it says no
 */
export function openssl(...args: readonly string[]): string {
  const { error, status, stdout, stderr } = spawnSync('openssl', args, { encoding: 'utf8' });
  if (error) throw new Error(`openssl is needed to judge certificates (${error.message})`);
  if (status !== 0) throw new Error(`${stdout}${stderr}`);
  return `${stdout}${stderr}`;
}

/** What `vbs-certs` prints for this command line; it must succeed. */
export async function succeed(...args: readonly string[]): Promise<string> {
  const { exitCode, stdout, stderr } = await run(args);
  if (exitCode !== 0) throw new Error(stderr);
  return stdout;
}

/** The complaint of `vbs-certs` about this command line; it must fail. */
export async function refuse(...args: readonly string[]): Promise<string> {
  const { exitCode, stderr } = await run(args);
  if (exitCode !== 1) throw new Error(`the exit code is ${exitCode}`);
  return stderr;
}

/** The authority of O=Lab in a new folder. */
export async function makeAuthority(): Promise<AuthorityFolder> {
  const folder = new AuthorityFolder(join(temporaryFolder(), 'ca'));
  const subject = [
    { shortName: 'O', value: 'Lab' },
    { shortName: 'CN', value: 'CA' },
  ] as const;
  await folder.create({ subject, days: 100 });
  return folder;
}

/** A request that openssl makes: its file. */
export function opensslRequest(subject: string, ...keyOptions: readonly string[]): string {
  const folder = temporaryFolder();
  const [key, request] = [join(folder, 'user.key'), join(folder, 'user.csr')];
  const options = keyOptions.length > 0 ? keyOptions : ['-newkey', 'rsa:2048'];
  const output = ['-nodes', '-keyout', key, '-out', request];
  openssl('req', '-new', '-utf8', ...options, ...output, '-subj', subject);
  return request;
}
