// npm test: everything. Ends with a line `N passed, N failed`.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { prepare, succeeds, tool } from './prepare.mjs';
import { checkSources } from './sources.mjs';

prepare('lab', 'test');
checkSources();
const folder = mkdtempSync(join(tmpdir(), 'vbs-test-'));
const report = join(folder, 'report.json');
const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
const passed = succeeds(tool('vitest'), ['run', ...reporters, ...process.argv.slice(2)]);
const { numPassedTests, numFailedTests, numTotalTests } = JSON.parse(readFileSync(report, 'utf8'));
rmSync(folder, { recursive: true });
// A test that did not run, for whatever reason, has not passed.
const failed = Math.max(numTotalTests - numPassedTests, numFailedTests, passed ? 0 : 1);
console.log(`${numPassedTests} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
