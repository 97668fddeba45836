// npm test: everything. Ends with a line `N passed, N failed`.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { prepare, root } from './prepare.mjs';
import { checkSources } from './sources.mjs';
import { conclude, runTests } from './testRun.mjs';

/** These run beside the others, which take about as long: all of them wait for something at times. */
const BESIDE = ['test/faults', 'test/install'];
/** Xen gives its block script 40 seconds; emulated, it needs a machine that does nothing else meanwhile. */
const ALONE = ['test/hypervisors', 'test/xen'];
const wanted = process.argv.slice(2);

prepare('lab', 'xen', 'test');
checkSources();
if (wanted.length > 0) conclude(await runTests(wanted));
else {
  // What these print is shown after the others.
  const most = [runTests(others()), runTests(BESIDE, {}, { isQuiet: true })];
  conclude(...(await Promise.all(most)), await runTests(ALONE));
}

/** Unit tests stand beside their sources. */
function others() {
  const folders = readdirSync(join(root, 'test'), { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => `test/${name}`);
  return ['src/', ...folders.filter((name) => ![...BESIDE, ...ALONE].includes(name))];
}
