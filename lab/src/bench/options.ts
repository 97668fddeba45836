import { parseArgs } from 'node:util';

/**
 * The options of a bench: `--only` one of the kinds that it measures, and numbers. Whoever asks for anything else, such as help, reads
 * which there are.
 * @param numbers with what they are if nobody says
 */
export function benchOptions<Kind extends string, Name extends string>(
  command: string,
  kinds: readonly Kind[],
  numbers: Readonly<Record<Name, number>>,
): Record<Name, number> & { kinds: readonly Kind[] } {
  const names = Object.keys(numbers) as Name[];
  try {
    const text = { type: 'string' } as const;
    const options = Object.fromEntries(['only', ...names].map((name) => [name, text]));
    const { values } = parseArgs({ options });
    const read = (name: Name) => [name, positive(name, values[name] ?? String(numbers[name]))];
    const { only } = values;
    const wanted = kinds.filter((kind) => only === undefined || kind === only);
    if (wanted.length === 0) throw new Error(`--only is one of ${kinds.join(', ')}`);
    return { ...Object.fromEntries(names.map(read)), kinds: wanted };
  } catch (error) {
    const defaults = names.map((name) => `[--${name} ${numbers[name]}]`).join(' ');
    console.error(`${(error as Error).message}\n`);
    console.error(`npm run ${command} -- [--only ${kinds.join('|')}] ${defaults}`);
    process.exit(2);
  }
}

function positive(name: string, text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number > 0) return number;
  throw new Error(`--${name} is a whole number, such as 5`);
}
