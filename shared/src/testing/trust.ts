import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { createLog, type Log } from '../log.js';
import { TrustStore } from '../trust/trustStore.js';

const folders: string[] = [];
const stores: TrustStore[] = [];

afterAll(() => {
  for (const store of stores) store.close();
  for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

/** A log that keeps its lines instead of printing them. */
export function quietLog(): { log: Log; lines: string[] } {
  const lines: string[] = [];
  const log = createLog({ service: 'test', level: 'debug', format: 'json' });
  const [transport] = log.transports;
  if (!transport) throw new Error('the log has no transport');
  transport.log = (info: object, next: () => void): void => {
    lines.push(JSON.stringify(info));
    next();
  };
  return { log, lines };
}

/** A new folder, removed after the tests of the file. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'shared-'));
  folders.push(folder);
  return folder;
}

/** A trust folder that holds these certificates (PEM). */
export function trustFolder(...pems: readonly string[]): string {
  const folder = temporaryFolder();
  for (const [index, pem] of pems.entries()) writeFileSync(join(folder, `${index}.crt`), pem);
  return folder;
}

/** A trust store of these certificates (PEM). */
export function trustOf(...pems: readonly string[]): Promise<TrustStore> {
  return openTrust(trustFolder(...pems));
}

export async function openTrust(folder: string, log = quietLog().log): Promise<TrustStore> {
  const store = await TrustStore.open(folder, log);
  stores.push(store);
  return store;
}
