import { mkdtemp, readdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CLAIMS_FOLDER } from '@vbs-lustre/shared/claims';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { processesOf, runLab } from '../support/labRun.js';
import { freePorts } from '../support/ports.js';
import { remove, until } from '../support/testbed.js';

// A busy machine is no failure.
const LIMIT_MS = 300_000;
vi.setConfig({ testTimeout: 3 * LIMIT_MS, hookTimeout: LIMIT_MS });

let home: string;
let port: number;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'vbs-job-'));
  [port = 0] = await freePorts(3);
});

afterAll(() => remove(home));

const start = (...args: string[]) => runLab('main.js', { home, port }, ...args);

it('does the job, stays up, and stops everything at Ctrl-C', async () => {
  const run = start();
  await Promise.race([
    run.ended,
    until(
      'the services stay up',
      async () => (run.output().includes('The services stay up') ? true : undefined),
      LIMIT_MS,
    ),
  ]);
  expect(run.output()).toContain('Every step was as written.');
  expect(run.output()).toContain(`https://127.0.0.1:${port}/vbslustre?wsdl`);
  run.interrupt();
  expect(await run.ended).toBe(0);
  expect(run.output()).toContain('Everything is stopped.');
  expect(await processesOf(home)).toEqual([]);
});

it('does the job again on what it kept, and ends with 0', async () => {
  const certificate = await readFile(join(home, 'pki', 'alice.crt'), 'utf8');
  const run = start('--once');
  expect(await run.ended).toBe(0);
  expect(run.output()).toContain('as the last run left it');
  expect(await readFile(join(home, 'pki', 'alice.crt'), 'utf8')).toBe(certificate);
  expect(await readdir(join(home, 'volumes'), { recursive: true })).toEqual([CLAIMS_FOLDER]);
  expect(await processesOf(home)).toEqual([]);
});

it('names a port that is taken, and ends with 1', async () => {
  const other = createServer();
  await new Promise<void>((resolve) => other.listen(port + 1, '127.0.0.1', resolve));
  const run = start('--once');
  expect(await run.ended).toBe(1);
  expect(run.output()).toContain(
    `Port ${port + 1}, which the service volume-delegate needs, is taken`,
  );
  other.close();
  expect(await processesOf(home)).toEqual([]);
});

it('says how it is used', async () => {
  const run = start('--twice');
  expect(await run.ended).toBe(2);
  expect(run.output()).toContain('--once');
});
