import { stop, succeeds, tool } from './prepare.mjs';

/** Format, lint, generated files and the types of the tests: what needs no test to be run. */
export function checkSources() {
  if (!succeeds(tool('biome'), ['check', '--error-on-warnings', '.'])) {
    stop('The linter objects; npm run format mends most of it.');
  }
  if (!succeeds(process.execPath, ['wsdl/dist/generate.js', '--check'])) {
    stop('Generated files are not what the WSDLs say.');
  }
  if (!succeeds(process.execPath, ['lab/setup/settings-tables.mjs', '--check'])) {
    stop('The README is not what the services say.');
  }
  if (!succeeds(tool('tsc'), ['-p', 'test'])) stop('The tests do not compile.');
}
