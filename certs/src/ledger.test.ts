import { readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { type Entry, emptyLedger, readLedger, writeLedger } from './ledger.js';
import { temporaryFolder } from './testing/tools.js';

const entry: Entry = {
  serial: '40aa',
  subject: 'CN=alice,O=Lab',
  fingerprint: 'ff',
  key: 'ee',
  notAfter: '2030-01-01T00:00:00.000Z',
  revoked: { at: '2029-01-01T00:00:00.000Z', reason: 'superseded' },
};

it('reads what it has written, and leaves nothing else', async () => {
  const folder = temporaryFolder();
  await writeLedger(folder, emptyLedger());
  await writeLedger(folder, { crlNumber: 3, certificates: [entry] });
  expect(await readLedger(folder)).toEqual({ crlNumber: 3, certificates: [entry] });
  expect(readdirSync(folder)).toEqual(['index.json']);
  expect(statSync(join(folder, 'index.json')).mode & 0o777).toBe(0o644);
});

describe('refuses', () => {
  it('to go on without one', async () => {
    await expect(readLedger(temporaryFolder())).rejects.toThrow('index.json is missing');
  });

  const certificates = [entry];
  it.each([
    ['half a file', JSON.stringify({ crlNumber: 3, certificates }).slice(0, -20)],
    ['nothing', ''],
    ['null', 'null'],
    ['no number', JSON.stringify({ certificates })],
    ['no certificates', JSON.stringify({ crlNumber: 3 })],
    ['no certificate', JSON.stringify({ crlNumber: 3, certificates: [null] })],
    ['no key', JSON.stringify({ crlNumber: 3, certificates: [{ ...entry, key: undefined }] })],
    ['no date', JSON.stringify({ crlNumber: 3, certificates: [{ ...entry, notAfter: 'x' }] })],
    [
      'a revocation of no date',
      JSON.stringify({ crlNumber: 3, certificates: [{ ...entry, revoked: {} }] }),
    ],
  ])('%s', async (_, text) => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'index.json'), text);
    await expect(readLedger(folder)).rejects.toThrow('index.json is damaged');
  });
});
