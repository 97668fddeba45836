// npm run test:faults: faults alone, with their tables. `-- --seed N` repeats a run, `--minutes N` makes a longer one,
// `--rounds N` has each pair of operations race more often.
import { parseArgs } from 'node:util';
import { prepare } from './prepare.mjs';
import { conclude, runTests } from './testRun.mjs';

const { values } = parseArgs({
  options: { seed: { type: 'string' }, minutes: { type: 'string' }, rounds: { type: 'string' } },
});
const env = {
  ...(values.seed && { FAULTS_SEED: values.seed }),
  ...(values.minutes && { FAULTS_MINUTES: values.minutes }),
  ...(values.rounds && { FAULTS_ROUNDS: values.rounds }),
};

await prepare('lab', 'test');
conclude(await runTests(['test/faults'], env));
