import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/**
 * The fake tools keep what a Xen host would in `state.json` beside the link by which they were called, so
 * that every test has a host of its own. See fakeXen.ts for its contents.
 */
const directory = dirname(process.argv[1]);
const path = join(directory, 'state.json');
export const state = JSON.parse(readFileSync(path, 'utf8'));

export function save() {
  writeFileSync(path, JSON.stringify(state));
}

/** Ends the program as the real one ended when it was recorded. */
export function end(exitCode, stderr = '') {
  save();
  if (stderr !== '') process.stderr.write(`${stderr}\n`);
  process.exit(exitCode);
}
