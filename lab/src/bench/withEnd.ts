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
  for (const signal of SIGNALS) process.once(signal, interrupt);
  try {
    return await work();
  } finally {
    for (const signal of SIGNALS) process.off(signal, interrupt);
    await finish();
  }
}
