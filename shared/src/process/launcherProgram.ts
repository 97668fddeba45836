// Runs as a process of its own: see Launcher.
import { endWithParent } from './endWithParent.js';
import { execute } from './execute.js';
import { type Ending, type Execution, NOTHING_HEARD } from './execution.js';
import { monotonicMs } from './monotonic.js';

/** What a launcher is told. */
export type Wish =
  | { id: number; execution: Execution; deadlineMs: number; isHeard: boolean }
  /** The program is to be killed. */
  | { id: number; isGivenUp: true }
  /** It is to say that it is there. */
  | { isDoubt: true };

/** What it tells; of no program, that it is there. */
export interface Notice {
  id?: number;
  /** What the program has written to stdout meanwhile. */
  output?: string;
  ending?: Ending;
}

const running = new Map<number, AbortController>();

endWithParent();
process.on('message', async (wish: Wish) => {
  if ('isDoubt' in wish) return tell({});
  const { id } = wish;
  if ('isGivenUp' in wish) return running.get(id)?.abort();
  const { execution, deadlineMs, isHeard } = wish;
  const timeoutMs = deadlineMs - monotonicMs();
  // Were it stopped for a while, nobody would wait any more, and what was to be changed may be another's by now.
  if (timeoutMs <= 0) return tell({ id, ending: { ...NOTHING_HEARD, timedOut: true } });
  const giveUp = new AbortController();
  running.set(id, giveUp);
  const onOutput = isHeard ? (output: string) => tell({ id, output }) : undefined;
  const ending = await execute({ ...execution, timeoutMs }, { signal: giveUp.signal, onOutput });
  running.delete(id);
  tell({ id, ending });
});
tell({});

function tell(notice: Notice): void {
  process.send?.(notice);
}
