// npm test: everything. Ends with a line `N passed, N failed`.
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { prepare, root } from './prepare.mjs';
import { checkSources } from './sources.mjs';
import { conclude, runTests } from './testRun.mjs';

/** These run beside the others, which take about as long: all of them wait for something at times. */
const BESIDE = ['test/faults', 'test/install', 'test/interop'];
/**
 * An emulated host takes a processor for itself, and on a busier machine Xen might give up its block script, for which it has 40
 * seconds: so there are two of them at once, and nothing else.
 */
const HYPERVISORS = 'test/hypervisors';
const XEN = 'test/xen';
const TWO_HOSTS = 'test/xen/xenHosts.test.ts';
const wanted = process.argv.slice(2);

await prepare('lab', 'xen', 'test');
checkSources();
if (wanted.length > 0) conclude(await runTests(wanted));
else {
  // Unit tests stand beside their sources.
  const others = ['src/', ...without([...BESIDE, HYPERVISORS, XEN], namesIn('test'))];
  const most = await sideBySide(others, BESIDE);
  const oneHost = await sideBySide([HYPERVISORS], without([TWO_HOSTS], namesIn(XEN)));
  conclude(...most, ...oneHost, await runTests([TWO_HOSTS]));
}

/** What the second prints is shown when it has ended. */
function sideBySide(first, second) {
  return Promise.all([runTests(first), runTests(second, {}, { isQuiet: true })]);
}

function namesIn(folder) {
  return readdirSync(join(root, folder)).map((name) => `${folder}/${name}`);
}

function without(some, all) {
  return all.filter((each) => !some.includes(each));
}
