import { readFileSync } from 'node:fs';

/** Commands of a page, and what the page says that they print. */
export interface Step {
  /** The heading above them. */
  section: string;
  commands: string;
  output: string;
}

/** The blocks of commands (`sh`) of a page in Markdown, each with the block of output (`text`) that follows it. */
export function stepsOf(file: string): Step[] {
  const steps: Step[] = [];
  let section = '';
  for (const [, heading, language, content = ''] of readFileSync(file, 'utf8').matchAll(
    /^#+ ([^\n]*)$|^```(\w+)\n(.*?)^```$/gms,
  )) {
    if (heading !== undefined) section = heading;
    if (language === 'sh') steps.push({ section, commands: content, output: '' });
    const last = steps.at(-1);
    if (language === 'text' && last) last.output = content;
  }
  return steps;
}

/** Whether this was printed, where … stands for anything within a line, and spaces for any number of them. */
export function matches(printed: string, expected: string): boolean {
  const pattern = expected
    .trim()
    .split('…')
    .map((text) => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replace(/ +/g, ' +'))
    .join('.*');
  return new RegExp(`^${pattern}$`).test(printed.trim());
}
