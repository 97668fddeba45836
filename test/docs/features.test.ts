import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const page = new URL('../../docs/features.md', import.meta.url);
const rows = readFileSync(page, 'utf8')
  .split('\n')
  .filter((line) => line.startsWith('| ') && !/^\| (---|feature) /.test(line))
  .map((line) => line.slice(2, -1).split('|'))
  .map((cells) => ({
    feature: cells[0]?.trim() as string,
    cells: cells.length,
    ours: cells[4]?.trim() as string,
    tests: cells[5]?.trim() as string,
  }));

describe.each(rows)('$feature', ({ cells, ours, tests }) => {
  it('is a whole row', () => {
    expect(cells).toBe(6);
    expect(ours).toMatch(/^(yes|partly|no)\b/);
  });

  it('names tests that are there, where we have it', () => {
    const named = [...tests.matchAll(/\[[^\]]+\]\(([^)]+\.test\.ts)\)(?:: ([^[;]+))?/g)];
    if (ours.startsWith('yes')) expect(named).not.toEqual([]);
    if (ours.startsWith('no')) expect(tests).toBe('');
    for (const [, file = '', title = ''] of named) {
      const path = fileURLToPath(new URL(file, page));
      expect(existsSync(path), path).toBe(true);
      const isThere = readFileSync(path, 'utf8').includes(title.trim());
      expect(isThere, `a test "${title.trim()}" in ${path}`).toBe(true);
    }
  });
});

it('is a table of many', () => {
  expect(rows.length).toBeGreaterThan(40);
});
