import type { Look } from './look.js';

/**
 * The bytes of volumes and snapshots together, of which those that are thin or shared take less, and what is free, undefined if
 * nobody knows. Every Volume Delegate sees the same file system: the one that was heard last knows best.
 */
export function space({ sums, delegates }: Look): { sizes: number; free: number | undefined } {
  const sizes = sums
    .filter(({ state }) => state !== 'failed')
    .reduce((all, { bytes }) => all + bytes, 0);
  const [latest] = delegates
    .filter(({ kind, isAlive }) => kind === 'volume' && isAlive)
    .sort((a, b) => +b.seenAt - +a.seenAt);
  return { sizes, free: latest?.availableBytes };
}
