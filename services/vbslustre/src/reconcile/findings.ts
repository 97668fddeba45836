import type { VolumeDelegateClient } from '@vbs-lustre/client';
import type { volumeDelegate } from '@vbs-lustre/wsdl';
import type { Database } from '../metadata/database.js';
import { type ExpectedFile, expectedFiles } from '../metadata/expectedFiles.js';
import { FAILURE, type FileTable } from '../metadata/files.js';
import { strayParts } from './strayParts.js';

/** Where the records and the files in the volume directory disagree. */
export interface Findings {
  /** Files of no record, and parts that no order waits for. */
  strays: volumeDelegate.File[];
  /** Records that are available without such a file. */
  lost: { table: FileTable; record: ExpectedFile; reason: string }[];
  /** Records of lost files that are there after all. */
  found: { table: FileTable; record: ExpectedFile }[];
}

/**
 * Compares all records with all files, as one delegate sees them, page by page. The files are looked at first: a record
 * is written before its file is made, so a file without one never had any, or not any more.
 * @throws {ServiceFault | TransportError} if the delegate can't say
 */
export async function lookAtFiles(
  database: Database,
  delegate: VolumeDelegateClient,
): Promise<Findings> {
  const findings: Findings = { strays: [], lost: [], found: [] };
  for (const [table, kind] of [
    ['volumes', 'volume'],
    ['snapshots', 'snapshot'],
  ] as const) {
    for await (const { files, after, upTo } of pages(delegate, kind)) {
      compare(table, files, await expectedFiles(database, table, after, upTo), findings);
    }
  }
  for await (const { files } of pages(delegate, 'part')) {
    findings.strays.push(...(await strayParts(database, files)));
  }
  return findings;
}

function compare(
  table: FileTable,
  files: readonly volumeDelegate.File[],
  records: readonly ExpectedFile[],
  { strays, lost, found }: Findings,
): void {
  const byName = new Map(files.map((file) => [file.name, file]));
  const expected = new Set(records.map(({ id }) => id));
  strays.push(...files.filter(({ name }) => !expected.has(name)));
  for (const record of records) {
    const reason = whyLost(record, byName.get(record.id));
    if (record.status === 'available' && reason !== undefined) {
      lost.push({ table, record, reason });
    }
    if (record.status === FAILURE && record.lostAt !== undefined && reason === undefined) {
      found.push({ table, record });
    }
  }
}

function whyLost(
  { sizeBytes }: ExpectedFile,
  file: volumeDelegate.File | undefined,
): string | undefined {
  if (!file) return 'its file is missing';
  // One that could not be looked at is there.
  if ((file.sizeBytes ?? sizeBytes) === sizeBytes) return undefined;
  return `its file has ${file.sizeBytes} bytes instead of ${sizeBytes}`;
}

interface Page {
  files: volumeDelegate.File[];
  /** The names that the page is about: after the one, and up to the other if there are more. */
  after: string;
  upTo: string | undefined;
}

async function* pages(
  delegate: VolumeDelegateClient,
  kind: volumeDelegate.FileKind,
): AsyncGenerator<Page> {
  let after = '';
  for (;;) {
    const { fileSet, more } = await delegate.DescribeFiles({ kind, after });
    const files = fileSet.item;
    const upTo = more ? files.at(-1)?.name : undefined;
    yield { files, after, upTo };
    if (upTo === undefined) return;
    after = upTo;
  }
}
