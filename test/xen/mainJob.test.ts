import { mkdtemp, readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CLAIMS_FOLDER } from '@vbs-lustre/shared/claims';
import { afterAll, beforeAll, expect, it, vi } from 'vitest';
import { processesOf, runLab } from '../support/labRun.js';
import { freePorts } from '../support/ports.js';
import { remove } from '../support/testbed.js';

// Much is emulated, and a busy machine is no failure.
vi.setConfig({ testTimeout: 1_800_000 });

let home: string;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'vbs-xen-'));
});

afterAll(() => remove(home));

it('does the main job on Xen, and ends with 0', async () => {
  const [port = 0] = await freePorts(3);
  const run = runLab('xen/main.js', { home, port }, '--once');
  const code = await run.ended;
  expect(run.output()).toContain('Every step was as written.');
  expect(run.output()).toContain('Everything is stopped.');
  expect(code).toBe(0);
  expect(await readdir(join(home, 'volumes'), { recursive: true })).toEqual([CLAIMS_FOLDER]);
  expect(await processesOf(home)).toEqual([]);
});
