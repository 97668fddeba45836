// npm test: everything. Ends with a line `N passed, N failed`.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { prepare, root } from './prepare.mjs';
import { checkSources } from './sources.mjs';
import { conclude, runTests } from './testRun.mjs';

/** These wait most of the time, so they run beside the others. */
const PATIENT = ['test/faults'];
/** Xen gives its block script 40 seconds; emulated, it needs a machine that does nothing else meanwhile. */
const ALONE = ['test/hypervisors', 'test/xen'];
const wanted = process.argv.slice(2);

prepare('lab', 'xen', 'test');
checkSources();
if (wanted.length > 0) conclude(await runTests(wanted));
else {
  // What the patient ones print is shown after the others.
  const most = [runTests(others()), runTests(PATIENT, {}, { isQuiet: true })];
  conclude(...(await Promise.all(most)), await runTests(ALONE));
}

/** Unit tests stand beside their sources. */
function others() {
  const folders = readdirSync(join(root, 'test'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => `test/${name}`);
  return ['src/', ...folders.filter((name) => ![...PATIENT, ...ALONE].includes(name))];
}
