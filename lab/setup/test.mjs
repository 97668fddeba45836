// npm test: everything. Ends with a line `N passed, N failed`.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { prepare, root } from './prepare.mjs';
import { checkSources } from './sources.mjs';
import { conclude, runTests } from './testRun.mjs';

/** These wait most of the time, for services or for emulated hosts, so they run beside the others. */
const PATIENT = ['test/faults', 'test/hypervisors', 'test/xen'];
const wanted = process.argv.slice(2);

prepare('lab', 'xen', 'test');
checkSources();
if (wanted.length > 0) conclude(await runTests(wanted));
else conclude(...(await Promise.all([runTests(others()), runPatient()])));

/** Shown after the others. */
function runPatient() {
  return runTests(PATIENT, {}, { isQuiet: true });
}

/** Unit tests stand beside their sources. */
function others() {
  const folders = readdirSync(join(root, 'test'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => `test/${name}`);
  return ['src/', ...folders.filter((name) => !PATIENT.includes(name))];
}
