import type { ParseArgsConfig } from 'node:util';
import type { Arguments } from './arguments.js';

export type Options = NonNullable<ParseArgsConfig['options']>;

export interface Command {
  usage: string;
  summary: string;
  options: Options;
  /** How many arguments it takes that are no options. */
  names: 0 | 1;
  /** @returns what to print */
  run(args: Arguments): Promise<string>;
}
