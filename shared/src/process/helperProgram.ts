// Of the helper processes themselves: see Helpers.
import { endWithParent } from './endWithParent.js';

/** Functions by name. What they take and answer must get through JSON. */
export type Functions = Readonly<Record<string, (...args: never[]) => unknown>>;

/** What a helper is asked. */
export interface Question {
  name: string;
  args: readonly unknown[];
}

/** What it answers. */
export type Answer =
  | { value?: unknown }
  | { error: { message: string; code?: string | undefined; syscall?: string | undefined } };

/** Does what the process that has started this one asks for, one call after the other, until that process ends. */
export function serve(functions: Functions): void {
  endWithParent();
  process.on('message', async ({ name, args }: Question) => {
    process.send?.(await answerOf(() => functions[name]?.(...(args as never[]))));
  });
  // Ready.
  process.send?.({} satisfies Answer);
}

async function answerOf(call: () => unknown): Promise<Answer> {
  try {
    return { value: await call() };
  } catch (error) {
    const { message, code, syscall } = error as NodeJS.ErrnoException;
    return { error: { message, code, syscall } };
  }
}
