import type { Command } from 'commander';

/** What ids complete an argument or an option. */
export type Ids = 'volumes' | 'snapshots' | 'delegates';

export interface CommandWords {
  /** With that of the command that it is one of before it. */
  name: string;
  description: string;
  options: readonly string[];
  ids: Ids | undefined;
  /** Of its argument, if there are few; or its commands. */
  choices: readonly string[];
}

/** What a shell can complete. */
export interface Words {
  commands: readonly CommandWords[];
  /** Options that take one of a few values. */
  choices: ReadonlyMap<string, readonly string[]>;
  /** Options that take a file. */
  files: readonly string[];
  /** Options that take the id of something. */
  idOptions: ReadonlyMap<string, Ids>;
  /** Options that take anything else. */
  others: readonly string[];
}

/** The words of a program, as it declares them. */
export function wordsOf(program: Command): Words {
  const commands = program.commands.flatMap((each) => [each, ...each.commands]);
  const all = [program, ...commands].flatMap(({ options }) => options);
  const withValue = all.filter(({ required, long }) => required && long);
  const distinct = [...new Map(withValue.map((option) => [option.long as string, option]))];
  const choices = distinct.filter(([, { argChoices }]) => argChoices);
  const files = distinct.filter(([, { flags }]) => flags.endsWith('<file>'));
  const ids = distinct.filter(([, { flags }]) => idsFor(flags));
  const known = new Set([...choices, ...files, ...ids].map(([long]) => long));
  return {
    commands: commands.map((command) => commandWords(program, command)),
    choices: new Map(choices.map(([long, { argChoices }]) => [long, argChoices as string[]])),
    files: files.map(([long]) => long),
    idOptions: new Map(ids.map(([long, { flags }]) => [long, idsFor(flags) as Ids])),
    others: distinct.map(([long]) => long).filter((long) => !known.has(long)),
  };
}

function commandWords(program: Command, command: Command): CommandWords {
  const [argument] = command.registeredArguments;
  const options = [...command.options, ...program.options];
  return {
    name:
      command.parent === program ? command.name() : `${command.parent?.name()} ${command.name()}`,
    description: command.description(),
    options: [...options.flatMap(({ long }) => (long ? [long] : [])), '--help'],
    ids: argument && idsFor(`<${argument.name()}>`),
    choices: argument?.argChoices ?? command.commands.map((each) => each.name()),
  };
}

/** By the name of the value. */
function idsFor(flags: string): Ids | undefined {
  if (/<volumes?>$/.test(flags)) return 'volumes';
  if (/<snapshots?>$/.test(flags)) return 'snapshots';
  return /<delegate>$/.test(flags) ? 'delegates' : undefined;
}
