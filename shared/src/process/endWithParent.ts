/** Has this process end when the one that has started it ends or gives it up, and by nothing else. */
export function endWithParent(): void {
  // At once: a call that hangs would hold up an end in good order.
  process.on('disconnect', () => process.kill(process.pid, 'SIGKILL'));
  // Meant for whoever has started this process, and may need it to end in good order.
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => {});
}
