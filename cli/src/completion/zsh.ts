import { commandPattern, idsCommand, pattern, quoted } from './shell.js';
import type { Ids, Words } from './words.js';

/** A script for zsh, to be sourced or to be put into a folder of $fpath as _vbs. */
export function zsh({ commands, choices, files, idOptions, others }: Words): string {
  const reply = (words: string): string => `compadd -- ${words}`;
  const idsOf = (ids: Ids): string => `\${(f)"$(${idsCommand(ids)})"}`;
  const values = [
    ...[...choices].map(([option, some]) => `    (${option}) ${reply(some.join(' '))}; return;;`),
    ...[...idOptions].map(([option, ids]) => `    (${option}) ${reply(idsOf(ids))}; return;;`),
    `    (${pattern(files)}) _files; return;;`,
    `    (${pattern(others)}) return;;`,
  ];
  const cases = commands.flatMap(({ name, options, ids, choices: some }) => [
    `    (${quoted(name)}:-*) ${reply(options.join(' '))};;`,
    ...(ids ? [`    (${quoted(name)}:*) ${reply(idsOf(ids))};;`] : []),
    ...(some.length > 0 ? [`    (${quoted(name)}:*) ${reply(some.join(' '))};;`] : []),
  ]);
  const first = commands.filter(({ name }) => !name.includes(' '));
  const described = first.map(({ name, description }) => {
    return `        '${name}:${description.replaceAll("'", "'\\''")}'`;
  });
  return `#compdef vbs
# Completion of vbs in zsh. In ~/.zshrc, after compinit: source <(vbs completion zsh)
_vbs() {
  local command= word
  local -a commands
  for word in "\${(@)words[2,CURRENT-1]}"; do
    case "$command $word" in
      (${commandPattern(commands)}) command="\${command:+$command }$word";;
    esac
  done
  case "$words[CURRENT-1]" in
${values.join('\n')}
  esac
  case "$command:$words[CURRENT]" in
    (:*)
      commands=(
${described.join('\n')}
      )
      _describe command commands;;
${cases.join('\n')}
  esac
}
if [ "$funcstack[1]" = _vbs ]; then _vbs "$@"; else compdef _vbs vbs; fi
`;
}
