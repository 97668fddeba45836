/** What colours need to know of a stream. */
export interface MaybeTerminal {
  isTTY?: boolean | undefined;
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Colours are for people at terminals who have not declined them (https://no-color.org). */
export function wantsColour({ isTTY }: MaybeTerminal, env: Environment): boolean {
  return isTTY === true && !env.NO_COLOR && env.TERM !== 'dumb';
}

const CODES: readonly [status: RegExp, code: number][] = [
  [/^(available|attached|enabled|intact.*)$/, 32],
  [/^(in-use|crash-consistent)$/, 36],
  [/^(fail|TORN|DAMAGED)/, 31],
];
/** Everything else is on its way to something else. */
const PASSING = 33;

/** The status in its colour. */
export function colourStatus(text: string): string {
  const [, code] = CODES.find(([status]) => status.test(text.trimEnd())) ?? [undefined, PASSING];
  return `\u001b[${code}m${text}\u001b[0m`;
}
