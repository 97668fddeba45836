// Writes the services' settings into the README's tables; with --check only compares. Run after a build.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './prepare.mjs';

const services = ['vbslustre', 'volume-delegate', 'vmm-delegate'];
const file = join(root, 'README.md');
const before = readFileSync(file, 'utf8');
let after = before;
for (const service of services) {
  const { settingsSchema } = await import(`../../services/${service}/dist/settings.js`);
  const rows = Object.entries(settingsSchema.shape).map(
    ([name, schema]) => `| \`${name}\` | ${defaultOf(schema)} | ${schema.description} |`,
  );
  const table = ['| setting | default | meaning |', '| --- | --- | --- |', ...rows, ''].join('\n');
  const place = new RegExp(`(<!-- settings of ${service} -->\n)[^]*?(<!-- end -->)`);
  after = after.replace(place, (_, start, end) => start + table + end);
}
if (!process.argv.includes('--check')) writeFileSync(file, after);
else if (after !== before) {
  console.error(
    'The tables of settings in README.md are not what the services say: npm run generate',
  );
  process.exitCode = 1;
}

function defaultOf(schema) {
  const result = schema.safeParse(undefined);
  if (!result.success) return '**required**';
  const { data } = result;
  if (data === undefined) return 'none';
  return `\`${typeof data === 'object' ? JSON.stringify(data) : data}\``;
}
