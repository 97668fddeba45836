// Runs vitest and counts: shared by `npm test`, `npm run test:attacks` and `npm run test:faults`.
import { spawn } from 'node:child_process';
import { closeSync, existsSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { root, stop, tool } from './prepare.mjs';

/**
 * Runs tests. Returns vitest's report, and how many passed and failed.
 * @param isQuiet what they print is printed when they have ended, in one piece
 */
export async function runTests(args, env = {}, { isQuiet = false } = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'vbs-test-'));
  const [file, output] = [join(folder, 'report.json'), join(folder, 'output')];
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
  const printed = isQuiet ? openSync(output, 'w') : 'inherit';
  const succeeded = await vitest(['run', ...reporters, ...args], env, printed);
  if (isQuiet) {
    closeSync(printed);
    process.stdout.write(readFileSync(output));
  }
  // Killed, say, or out of memory.
  if (!existsSync(file)) stop('The tests did not come to their end.');
  const report = JSON.parse(readFileSync(file, 'utf8'));
  rmSync(folder, { recursive: true });
  const { numPassedTests: passed, numFailedTests, numTotalTests } = report;
  // A test that did not run, for whatever reason, has not passed.
  const failed = Math.max(numTotalTests - passed, numFailedTests, succeeded ? 0 : 1);
  return { report, passed, failed };
}

function vitest(args, env, output) {
  const options = {
    cwd: root,
    stdio: ['inherit', output, output],
    env: { ...process.env, ...env },
  };
  return new Promise((resolve) => {
    spawn(tool('vitest'), args, options)
      .on('error', () => resolve(false))
      .on('close', (code) => resolve(code === 0));
  });
}

/** Which failed, once more and together; then the last line, `N passed, N failed`, and the exit code. */
export function conclude(...runs) {
  for (const line of runs.flatMap(({ report }) => failures(report))) console.log(line);
  const sum = (figure) => runs.reduce((total, run) => total + figure(run), 0);
  const failed = sum((run) => run.failed);
  console.log(`${sum((run) => run.passed)} passed, ${failed} failed`);
  process.exitCode = failed === 0 ? 0 : 1;
}

function failures({ testResults }) {
  return testResults.flatMap(({ name, status, message, assertionResults }) => {
    const failed = assertionResults.filter((result) => result.status === 'failed');
    const file = relative(root, name);
    if (failed.length === 0) return status === 'failed' ? [`FAILED ${file}\n  ${message}`] : [];
    return failed.map(({ fullName, failureMessages }) => {
      return `FAILED ${file} > ${fullName}\n  ${failureMessages.join('\n  ')}`;
    });
  });
}
