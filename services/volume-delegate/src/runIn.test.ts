import { mkdtemp, rmdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CommandError } from '@vbs-lustre/shared/process/commandError';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { runIn } from './runIn.js';

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'run-in-'));
});
afterEach(() => rmdir(directory));

test('a program runs in the directory', async () => {
  expect((await runIn(directory, 10_000)('pwd', ['-P'])).stdout).toBe(directory);
});

test('an error is the first line of the program itself, without the path', async () => {
  const failing = runIn(directory, 10_000)('ls', [join(directory, 'a'), join(directory, 'b')]);
  const error = await failing.catch((thrown) => thrown);
  expect(error).toBeInstanceOf(CommandError);
  expect(error).toMatchObject({ program: 'ls', exitCode: 2, notFound: false });
  expect(error.stderr).toBe("ls: cannot access './a': No such file or directory");
});

test('a program that is not there is told from a directory that is not there', async () => {
  const noProgram = runIn(directory, 10_000)('/no/such/program', []);
  await expect(noProgram).rejects.toMatchObject({ program: '/no/such/program', notFound: true });
  const noDirectory = runIn(join(directory, 'none'), 10_000)('true', []);
  await expect(noDirectory).rejects.toMatchObject({ notFound: false });
  await expect(noDirectory).rejects.toThrow("cannot change directory to '.'");
});

test('a program that takes too long is killed', async () => {
  await expect(runIn(directory, 200)('sleep', ['60'])).rejects.toMatchObject({ timedOut: true });
});
