import { Argument, Command } from 'commander';
import { bash } from '../completion/bash.js';
import { wordsOf } from '../completion/words.js';
import { zsh } from '../completion/zsh.js';
import type { Io } from '../io.js';

const SHELLS = { bash, zsh };

export function completion(io: Io): Command {
  const command = new Command('completion')
    .description('print a script that completes commands, options and ids')
    .addArgument(new Argument('<shell>', 'of yours').choices(Object.keys(SHELLS)));
  return command.action((shell: keyof typeof SHELLS) => {
    io.stdout.write(SHELLS[shell](wordsOf(command.parent ?? command)));
  });
}
