// npm run check: format, lint, types, generated files and unit tests; under a minute.
import { prepare, stop, succeeds, tool } from './prepare.mjs';
import { checkSources } from './sources.mjs';

await prepare('lab', 'test');
checkSources();
if (!succeeds(tool('vitest'), ['run', '--project', 'unit', '--project', 'postgres']))
  stop('Unit tests failed.');
