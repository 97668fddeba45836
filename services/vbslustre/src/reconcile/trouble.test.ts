import type { Log } from '@vbs-lustre/shared/log';
import { expect, it } from 'vitest';
import { DatabaseUnavailable } from '../metadata/unavailable.js';
import { Trouble } from './trouble.js';

const fail = (error: Error): Promise<void> => Promise.reject(error);

it('tells of a database that is down once, and that it is back when all works', async () => {
  const { lines, log } = memoryLog();
  const trouble = new Trouble(log);
  for (const round of [1, 2, 3]) {
    for (const work of ['orders', 'hosts']) {
      await trouble.watch(work, fail(new DatabaseUnavailable(`${work} ${round}`)));
    }
  }
  await trouble.watch('orders', Promise.resolve());
  expect(lines).toEqual(['error reconciling failed: orders 1']);
  await trouble.watch('hosts', Promise.resolve());
  await trouble.watch('hosts', Promise.resolve());
  expect(lines.slice(1)).toEqual(['info reconciling works again']);
  await trouble.watch('hosts', fail(new DatabaseUnavailable('again')));
  expect(lines.slice(2)).toEqual(['error reconciling failed: again']);
});

it('tells of every other trouble for itself', async () => {
  const { lines, log } = memoryLog();
  const trouble = new Trouble(log);
  await trouble.watch('hosts', fail(new DatabaseUnavailable('down')));
  await trouble.watch('hosts', fail(new Error('a mistake')));
  await trouble.watch('files', fail(new Error('a mistake')));
  await trouble.watch('files', fail(new Error('a mistake')));
  expect(lines).toEqual([
    'error reconciling failed: down',
    'error reconciling failed: a mistake',
    'error reconciling failed: a mistake',
  ]);
});

function memoryLog(): { lines: string[]; log: Log } {
  const lines: string[] = [];
  const error = (message: string, fields: { error: string }) =>
    lines.push(`error ${message}: ${fields.error}`);
  const info = (message: string) => lines.push(`info ${message}`);
  return { lines, log: { error, info } as unknown as Log };
}
