// Of the helper processes themselves: see Helpers.

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
  // At once: a call that hangs would hold up an end in good order.
  process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
  // Meant for whoever has started this process, and may need it to end in good order.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});
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
