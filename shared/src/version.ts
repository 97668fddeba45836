import { readFileSync } from 'node:fs';

/** The version of the package to which a module in its folder `dist` (or `src`) belongs. @param module its `import.meta.url` */
export function versionOf(module: string): string {
  return JSON.parse(readFileSync(new URL('../package.json', module), 'utf8')).version;
}
