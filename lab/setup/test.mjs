// npm test: everything. Ends with a line `N passed, N failed`.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { prepare, root } from './prepare.mjs';
import { checkSources } from './sources.mjs';
import { conclude, runTests } from './testRun.mjs';

const FAULTS = 'test/faults';
const wanted = process.argv.slice(2);

prepare('lab', 'xen', 'test');
checkSources();
if (wanted.length > 0) conclude(await runTests(wanted));
else conclude(...(await Promise.all([runTests(allBut(FAULTS)), runFaults()])));

/** These wait most of the time, so they run beside the others, and are shown after them. */
function runFaults() {
  return runTests([FAULTS], {}, { isQuiet: true });
}

/** Every folder of tests but one; unit tests stand beside their sources. */
function allBut(folder) {
  const folders = readdirSync(join(root, 'test'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => `test/${name}`);
  return ['src/', ...folders.filter((name) => name !== folder)];
}
