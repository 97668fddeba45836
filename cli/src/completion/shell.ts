import type { Ids } from './words.js';

/** A shell's pattern for any of these words. */
export function pattern(words: readonly string[]): string {
  return words.join('|');
}

/** Prints ids; nothing if the service can't be asked. */
export function idsCommand(ids: Ids): string {
  return `vbs describe-${ids} --output tsv 2>/dev/null | cut -f1`;
}
