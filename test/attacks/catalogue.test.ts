import { expect, it } from 'vitest';
import { CATALOGUE } from './cases/catalogue.js';
import { ATTACKS } from './cases/index.js';
import { FORMS } from './cases/replays.js';
import { SLOW } from './cases/slow.js';
import { TITLES } from './cases/titles.js';

const names: readonly string[] = [
  ...Object.values(ATTACKS).flatMap((attacks) => attacks.map(({ name }) => name)),
  ...FORMS.map(([name]) => name),
  ...SLOW.map(({ name }) => name),
  ...Object.values(TITLES),
];

it.each(CATALOGUE)('there is a case of: %s', (_, ...patterns) => {
  for (const pattern of patterns) {
    expect(
      names.filter((name) => pattern.test(name)),
      String(pattern),
    ).toHaveLength(1);
  }
});

it('no two cases have one name', () => {
  expect(new Set(names).size).toBe(names.length);
});

it('every case names its source', () => {
  for (const { name, source } of Object.values(ATTACKS).flat()) {
    expect(source.length, name).toBeGreaterThan(7);
  }
});
