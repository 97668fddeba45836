import { run } from '@vbs-lustre/shared/process/run';

const TIMEOUT_MS = 10_000;

/** Keeps a process, with all its threads, on one core. */
export async function pin(pid: number, core: number): Promise<void> {
  await run('taskset', ['--all-tasks', '--cpu-list', '--pid', String(core), String(pid)], {
    timeoutMs: TIMEOUT_MS,
  });
}
