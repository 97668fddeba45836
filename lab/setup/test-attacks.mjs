// npm run test:attacks: the attacks alone, and a table of them. `-- --seed N --mutants N` replays mutants, or tries more.
import { parseArgs } from 'node:util';
import { prepare } from './prepare.mjs';
import { conclude, runTests } from './testRun.mjs';

const { values } = parseArgs({
  options: { seed: { type: 'string' }, mutants: { type: 'string' } },
});
const env = {
  ...(values.seed && { ATTACK_SEED: values.seed }),
  ...(values.mutants && { ATTACK_MUTANTS: values.mutants }),
};

await prepare('lab', 'test');
const run = await runTests(['test/attacks'], env);
const rows = run.report.testResults
  .flatMap(({ assertionResults }) => assertionResults)
  .filter(({ meta, status }) => meta?.source || status !== 'passed')
  .map(({ title, status, meta }) => {
    const verdict = meta?.verdict ?? '';
    return [title, meta?.source ?? '', status === 'passed' ? verdict : `FAILED ${verdict}`];
  });
printTable([['case', 'source', 'verdict'], ...rows]);
conclude(run);

function printTable(lines) {
  const widths = [0, 1].map((column) => Math.max(...lines.map((line) => line[column].length)));
  for (const [name, source, verdict] of lines) {
    console.log(`${name.padEnd(widths[0])}  ${source.padEnd(widths[1])}  ${verdict}`.trimEnd());
  }
}
