import { readFileSync, writeFileSync } from 'node:fs';

/** What a process has in memory, in MiB: now, and at most since {@link forgetPeak}. */
export function memoryOf(pid: number): { now: number; peak: number } {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const field = (name: string): number => {
    const [, text] = new RegExp(`^${name}:\\s+(\\d+) kB$`, 'm').exec(status) ?? [];
    if (text === undefined) throw new Error(`/proc/${pid}/status has no ${name}`);
    return Number(text) / 1024;
  };
  return { now: field('VmRSS'), peak: field('VmHWM') };
}

/** Lets the kernel measure the peak anew (proc(5), clear_refs). */
export function forgetPeak(pid: number): void {
  writeFileSync(`/proc/${pid}/clear_refs`, '5');
}
