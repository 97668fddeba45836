import { expect, it } from 'vitest';
import { logCommands } from './commands.js';
import { newId } from './ids.js';
import { run } from './process/run.js';
import { forRequest } from './requestId.js';
import { quietLog } from './testing/trust.js';

const { log, lines } = quietLog();
logCommands(log);

it('every command is logged with the id of its request and its end', async () => {
  const timeoutMs = 60_000;
  const [a, b] = [newId('req'), newId('req')];
  const failing = ['-c', 'echo oh no >&2; exit 3'];
  await Promise.all([
    forRequest(a, () => run('sleep', ['0.1'], { timeoutMs, dieWithParent: true })),
    forRequest(b, () => run('sh', failing, { timeoutMs }).catch(() => undefined)),
    run('true', [], { timeoutMs }),
  ]);
  const seen = lines.map((line) => JSON.parse(line));
  const common = { message: 'command', ms: expect.any(Number), service: 'test' };
  expect(seen.sort((x, y) => x.program.localeCompare(y.program))).toEqual(
    [
      { ...common, level: 'debug', program: 'sh', args: failing, error: 'sh: oh no', requestId: b },
      { ...common, level: 'info', program: 'sleep', args: ['0.1'], requestId: a },
      { ...common, level: 'debug', program: 'true', args: [] },
    ].map((each) => ({ ...each, timestamp: expect.any(String) })),
  );
});
