import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PostgresServer } from '@vbs-lustre/lab/postgres/postgresServer';
import type { TestProject } from 'vitest/node';
import type {} from '../../services/vbslustre/src/testing/testDatabase.js';

/** One PostgreSQL server for all tests that run on it; each test file makes itself databases there. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const server = await PostgresServer.start(await mkdtemp(join(tmpdir(), 'vbs-pg-')));
  project.provide('postgres', server.url('postgres'));
  return () => server.remove();
}
