// npm test: everything. Ends with a line `N passed, N failed`.
import { prepare } from './prepare.mjs';
import { checkSources } from './sources.mjs';
import { conclude, runTests } from './testRun.mjs';

prepare('lab', 'test');
checkSources();
conclude(runTests(process.argv.slice(2)));
