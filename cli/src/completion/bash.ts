import { commandPattern, idsCommand, pattern, quoted } from './shell.js';
import type { Words } from './words.js';

/** A script for bash, to be sourced. */
export function bash({ commands, choices, files, idOptions, others }: Words): string {
  const names = commands.map(({ name }) => name).filter((name) => !name.includes(' '));
  const reply = (words: string): string => `COMPREPLY=($(compgen -W "${words}" -- "$current"))`;
  const values = [
    ...[...choices].map(([option, some]) => `    ${option}) ${reply(some.join(' '))}; return;;`),
    ...[...idOptions].map(
      ([option, ids]) => `    ${option}) ${reply(`$(${idsCommand(ids)})`)}; return;;`,
    ),
    `    ${pattern(files)}) COMPREPLY=($(compgen -f -- "$current")); compopt -o filenames; return;;`,
    `    ${pattern(others)}) return;;`,
  ];
  const cases = commands.flatMap(({ name, options, ids, choices: some }) => [
    `    ${quoted(name)}:-*) ${reply(options.join(' '))};;`,
    ...(ids ? [`    ${quoted(name)}:*) ${reply(`$(${idsCommand(ids)})`)};;`] : []),
    ...(some.length > 0 ? [`    ${quoted(name)}:*) ${reply(some.join(' '))};;`] : []),
  ]);
  return `# Completion of vbs in bash. In ~/.bashrc: source <(vbs completion bash)
_vbs() {
  local current="\${COMP_WORDS[COMP_CWORD]}" previous="\${COMP_WORDS[COMP_CWORD-1]}" command= word
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    case "$command $word" in
      ${commandPattern(commands)}) command="\${command:+$command }$word";;
    esac
  done
  COMPREPLY=()
  case "$previous" in
${values.join('\n')}
  esac
  case "$command:$current" in
    :*) ${reply(names.join(' '))};;
${cases.join('\n')}
  esac
}
complete -F _vbs vbs
`;
}
