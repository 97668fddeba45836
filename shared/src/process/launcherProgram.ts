// Runs as a process of its own: see Launcher.
import { endWithParent } from './endWithParent.js';
import { type Ending, type Execution, execute } from './execute.js';

/** What a launcher is told. */
export type Wish =
  | { id: number; execution: Execution; isHeard: boolean }
  /** The program is to be killed. */
  | { id: number; isGivenUp: true };

/** What it tells; at first, of no program, that it is ready. */
export interface Notice {
  id?: number;
  /** What the program has written to stdout meanwhile. */
  output?: string;
  ending?: Ending;
}

const running = new Map<number, AbortController>();

endWithParent();
process.on('message', async (wish: Wish) => {
  const { id } = wish;
  if ('isGivenUp' in wish) return running.get(id)?.abort();
  const { execution, isHeard } = wish;
  const giveUp = new AbortController();
  running.set(id, giveUp);
  const onOutput = isHeard ? (output: string) => tell({ id, output }) : undefined;
  const ending = await execute(execution, { signal: giveUp.signal, onOutput });
  running.delete(id);
  tell({ id, ending });
});
tell({});

function tell(notice: Notice): void {
  process.send?.(notice);
}
