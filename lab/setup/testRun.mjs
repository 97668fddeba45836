// Runs vitest and counts: shared by `npm test` and `npm run test:attacks`.
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stop, succeeds, tool } from './prepare.mjs';

/** Runs tests with this terminal. Returns vitest's report, and how many passed and failed. */
export function runTests(args, env = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'vbs-test-'));
  const file = join(folder, 'report.json');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
  const succeeded = succeeds(tool('vitest'), ['run', ...reporters, ...args], env);
  // Killed, say, or out of memory.
  if (!existsSync(file)) stop('The tests did not come to their end.');
  const report = JSON.parse(readFileSync(file, 'utf8'));
  rmSync(folder, { recursive: true });
  const { numPassedTests: passed, numFailedTests, numTotalTests } = report;
  // A test that did not run, for whatever reason, has not passed.
  const failed = Math.max(numTotalTests - passed, numFailedTests, succeeded ? 0 : 1);
  return { report, passed, failed };
}

/** The last line, `N passed, N failed`, and the exit code. */
export function conclude({ passed, failed }) {
  console.log(`${passed} passed, ${failed} failed`);
  process.exitCode = failed === 0 ? 0 : 1;
}
