import { LiveLine } from '../liveLine.js';
import type { Kind } from '../output/kind.js';
import type { Session } from '../session.js';
import { type Made, type Waiting, waitFor } from '../wait.js';
import type { WaitOptions } from './options.js';

/**
 * Shows what an operation makes; with `--wait` as it is when that has ended.
 * @throws what the waiting ended with, if that was no good end; it is shown in any case, so that its id is known
 */
export async function showMade<T extends Made>(
  session: Session,
  kind: Kind<T>,
  { wait, waitTimeout }: WaitOptions,
  made: Pick<Waiting<T>, 'id' | 'begun' | 'look'>,
): Promise<void> {
  if (!wait) return session.show(kind, made.begun);
  const line = new LiveLine(session.io.stderr);
  const { last, trouble } = await waitFor({ ...made, line, limitMs: waitTimeout * 1000 });
  session.show(kind, last);
  if (trouble !== undefined) throw trouble;
}
