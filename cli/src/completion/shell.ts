import type { CommandWords, Ids } from './words.js';

/** A shell's pattern for any of these words. */
export function pattern(words: readonly string[]): string {
  return words.join('|');
}

/** What a shell's case must have for a command's name, which may have a blank. */
export function quoted(name: string): string {
  return name.replace(' ', '\\ ');
}

/** A pattern for the words before a command, a blank, and its last word. */
export function commandPattern(commands: readonly CommandWords[]): string {
  return pattern(commands.map(({ name }) => quoted(name.includes(' ') ? name : ` ${name}`)));
}

/** Prints ids; nothing if the service can't be asked. */
export function idsCommand(ids: Ids): string {
  const command = ids === 'delegates' ? 'admin delegates' : `describe-${ids}`;
  return `vbs ${command} --output tsv 2>/dev/null | cut -f1`;
}
