import { readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { type AuditEntry, AuditLog, resourcesIn } from './auditLog.js';
import { quietLog, temporaryFolder } from './testing/trust.js';

const ENTRY: AuditEntry = {
  ...{ subject: 'CN=alice', client: '::1', operation: 'DeleteVolume', code: 'OK' },
  ...{ resources: { volumeId: ['vol-1'] }, requestId: 'req-1' },
};
const linesIn = (file: string) =>
  readFileSync(file, 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line));

it('appends lines that its owner alone can read, also to a new file when the old one was moved away', async () => {
  const file = join(temporaryFolder(), 'audit.log');
  const audit = await AuditLog.open(file, 'https://a', quietLog().log);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  await audit.write(ENTRY);
  await audit.write({ ...ENTRY, subject: 'CN=two\nlines', code: 'VolumeInUse' });
  expect(linesIn(file)).toEqual([
    { ...ENTRY, outcome: 'done', frontEnd: 'https://a', timestamp: expect.any(String) },
    expect.objectContaining({ subject: 'CN=two\nlines', outcome: 'refused', code: 'VolumeInUse' }),
  ]);
  renameSync(file, `${file}.1`);
  await audit.write({ ...ENTRY, requestId: 'req-2' });
  expect(linesIn(file)).toEqual([expect.objectContaining({ requestId: 'req-2' })]);
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

it('says so in the log if it cannot be written, and lets the work go on', async () => {
  const folder = temporaryFolder();
  const { log, lines } = quietLog();
  const audit = await AuditLog.open(join(folder, 'audit.log'), 'https://a', log);
  rmSync(folder, { recursive: true });
  await audit.write(ENTRY);
  expect(lines.map((line) => JSON.parse(line))).toMatchObject([
    { message: 'the audit log cannot be written', lost: { requestId: 'req-1' } },
  ]);
  await expect(AuditLog.open(join(folder, 'no', 'audit.log'), '', log)).rejects.toThrow(
    'audit.log',
  );
});

it('takes names from a request, ids from its answer, and nothing else', () => {
  const request = {
    ...{
      snapshotId: 'snap-1',
      clientToken: 'secret',
      x: { userIdSet: { item: [{ userId: 'a' }] } },
    },
    tagSet: { item: [{ key: 'secret', value: 'secret' }] },
  };
  const answer = { volumeId: 'vol-1', snapshotId: 'snap-1', name: 'more', createTime: new Date() };
  expect(resourcesIn(request, answer)).toEqual({
    ...{ snapshotId: ['snap-1'], userId: ['a'], volumeId: ['vol-1'] },
  });
  expect(resourcesIn()).toEqual({});
  const long = resourcesIn({ volumeId: 'x'.repeat(10_000) });
  expect(long.volumeId?.[0]).toHaveLength(300);
});
