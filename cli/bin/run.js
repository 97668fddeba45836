import { existsSync } from 'node:fs';

/**
 * Runs one of the programs of this package.
 * In a checkout npm links the files of this folder before there is anything to run: it can only link what is there.
 */
export async function run(name) {
  const main = new URL('../dist/main.js', import.meta.url);
  if (existsSync(main)) {
    const { main: start } = await import(main.href);
    await start(name);
  } else {
    process.stderr.write(`${name}: It is not compiled yet: npm run build\n`);
    process.exitCode = 1;
  }
}
