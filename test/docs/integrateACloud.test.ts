import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const read = (path: string) =>
  readFileSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)), 'utf8');
const page = read('docs/integrate-a-cloud.md');
const wsdl = read('wsdl/vbslustre.wsdl');
const users = /<wsdl:portType name="VBSLustre">(.*?)<\/wsdl:portType>/s.exec(wsdl)?.[1] ?? '';
const named = (text: string, pattern: RegExp) =>
  [...text.matchAll(pattern)].map(([, name]) => name);

describe('what a platform must know', () => {
  it.each(named(users, /operation name="(\w+)"/g))('has the operation %s', (name) => {
    expect(page).toContain(`\`${name}\``);
  });

  it.each(named(read('shared/src/faults.ts'), /^ {2}'?([A-Z][\w.]+)'?: '(?:Client|Server)'/gm))(
    'has the code %s',
    (code) => {
      expect(page).toContain(`\`${code}\``);
    },
  );

  it.each(['pending', 'available', 'in-use', 'deleting', 'failure : cmd error'])(
    'has the status %s',
    (status) => {
      expect(page).toContain(`\`${status}\``);
    },
  );
});

it('found what to look for', () => {
  expect(named(users, /operation name="(\w+)"/g).length).toBeGreaterThanOrEqual(10);
});
