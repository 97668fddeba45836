const SIGNALS = ['SIGINT', 'SIGTERM'] as const;
const INTERRUPTED = 130;

/** Does what ends a piece of work after it, also if somebody interrupts it: then nothing else is done in this process. */
export async function withEnd<T>(work: () => Promise<T>, end: () => Promise<unknown>): Promise<T> {
  let ending: Promise<unknown> | undefined;
  const finish = () => {
    ending ??= end();
    return ending;
  };
  const interrupt = () => void finish().finally(() => process.exit(INTERRUPTED));
  // Not `once`: while a program runs, execa listens too, and ends the process when nobody else is left that does.
  for (const signal of SIGNALS) process.on(signal, interrupt);
  try {
    return await work();
  } finally {
    for (const signal of SIGNALS) process.off(signal, interrupt);
    await finish();
  }
}
