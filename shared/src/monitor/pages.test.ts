import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect, it } from 'vitest';
import { quietLog } from '../testing/trust.js';
import { METRICS } from './catalogue.js';
import { Metrics } from './metrics.js';

const docs = join(import.meta.dirname, '../../../docs');
const catalogued = Object.values(METRICS).map(({ name }) => name);
/** All that a service can show, by the types that the text tells: the names of the series, their labels left out. */
let series: Set<string>;

beforeAll(async () => {
  const metrics = new Metrics(quietLog().log);
  for (const metric of Object.values(METRICS)) {
    if (metric.type === 'gauge') metrics.gauge(metric, () => []);
    else metrics[metric.type](metric);
  }
  series = new Set(
    [...(await metrics.text()).matchAll(/^# TYPE (\w+) (\w+)$/gm)].flatMap(([, name = '', type]) =>
      type === 'histogram' ? [`${name}_bucket`, `${name}_sum`, `${name}_count`] : [name],
    ),
  );
});

const namesIn = (text: string) => text.match(/\b(vbslustre|process|nodejs)_\w+/g) ?? [];

it('the dashboard asks for what there is, and for all of ours', () => {
  const dashboard = JSON.parse(readFileSync(join(docs, 'grafana/vbs-lustre.json'), 'utf8'));
  const queries: string[] = dashboard.panels.flatMap(
    ({ targets }: { targets: { expr: string }[] }) => targets.map(({ expr }) => expr),
  );
  const asked = queries.flatMap(namesIn);
  expect(queries.filter((query) => namesIn(query).length === 0)).toEqual([]);
  expect(asked.filter((name) => !series.has(name))).toEqual([]);
  expect(catalogued.filter((name) => !asked.some((each) => each.startsWith(name)))).toEqual([]);
});

it('docs/operations.md explains each metric, and no other', () => {
  const page = readFileSync(join(docs, 'operations.md'), 'utf8');
  const explained = [...page.matchAll(/^\| `(vbslustre_\w+)` /gm)].map(([, name]) => name);
  expect(explained).toEqual(catalogued);
  const used = namesIn(page).filter((name) => /^vbslustre_/.test(name));
  const known = (name: string) => series.has(name) || catalogued.includes(name as never);
  expect(used.filter((name) => !known(name))).toEqual([]);
});
