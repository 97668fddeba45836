export { roughSize, size } from '@vbs-lustre/shared/units';

/** In UTC, to the second. */
export function time(date: Date): string {
  return date.toISOString().replace(/\.\d+/, '');
}

/** `7 s`, `2 min 5 s`. */
export function duration(milliseconds: number): string {
  const seconds = Math.floor(milliseconds / 1000);
  if (seconds < 60) return `${seconds} s`;
  return `${Math.floor(seconds / 60)} min ${seconds % 60} s`;
}
