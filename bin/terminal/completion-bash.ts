/**
 * The completion script for bash: everything is in the script, so that a completion starts no process. Words before the
 * cursor give the command; the values of options, which may look like commands, are skipped.
 */

import { shellWord } from '../../lib/domain/shell-word.ts';
import type { CommandFacts, OptionFacts, ValueFacts } from './command-facts.ts';

export function bashCompletion(commands: readonly CommandFacts[]): string {
  const [program, ...others] = commands as [CommandFacts, ...CommandFacts[]];
  const paths = others.map(({ path }) => quoted(path)).join('|');
  return `# bash completion of holdfast. Load it with:  source <(holdfast completion bash)
# What completes the value of "$1" (a command and its option); fails where the option has none.
_holdfast_value() {
  files=; words=
  case "$1" in
${[...others.flatMap(valueCases), ...program.options.flatMap(option => valueCase(`*' `, option, `'`))].join('\n')}
    *) return 1 ;;
  esac
}
# The commands, arguments and options after the command "$1".
_holdfast_words() {
  case "$1" in
${others.map(command => `    ${quoted(command.path)}) words=${quoted(wordsOf(command))}; options=${quoted(flagsOf(command))} ;;`).join('\n')}
    *) words=${quoted(wordsOf(program))}; options= ;;
  esac
  options="$options ${flagsOf(program)} --help"
}
_holdfast() {
  local cur=\${COMP_WORDS[COMP_CWORD]} command= files= words= options= word i=1
  while ((i < COMP_CWORD)); do
    word=\${COMP_WORDS[i]}
    if [[ $word == -* ]]; then
      if _holdfast_value "$command $word"; then
        ((i++))
        [[ \${COMP_WORDS[i]} == = ]] && ((i++))
      fi
    else
      case "\${command:+$command }$word" in
        ${paths}) command="\${command:+$command }$word" ;;
      esac
    fi
    ((i++))
  done
  [[ $cur == = ]] && cur=
  if ((i > COMP_CWORD)); then
    COMPREPLY=($(compgen -W "$words" -- "$cur"))
    if [[ -n $files ]]; then COMPREPLY=($(compgen -f -- "$cur")); compopt -o filenames 2> /dev/null; fi
    return
  fi
  _holdfast_words "$command"
  [[ $cur == -* ]] && words=$options
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
complete -F _holdfast holdfast
`;
}

function valueCases({ path, options }: CommandFacts): string[] {
  return options.flatMap(option => valueCase(`'${path} `, option, `'`));
}

/** A value that may be left out is not expected. */
function valueCase(before: string, { flags, value }: OptionFacts, after: string): string[] {
  if (value === undefined || value.isOptional) return [];
  return [`    ${flags.map(flag => `${before}${flag}${after}`).join('|')}) ${valueWords(value)} ;;`];
}

function valueWords({ choices, isFile }: ValueFacts): string {
  if (choices.length > 0) return `words=${quoted(choices.join(' '))}`;
  return isFile ? 'files=1' : ':';
}

function wordsOf(command: CommandFacts): string {
  return [...command.commands, ...(command.arguments[0]?.choices ?? [])].join(' ');
}

function flagsOf({ options }: CommandFacts): string {
  return options.flatMap(({ flags }) => flags).join(' ');
}

function quoted(text: string): string {
  return text === '' ? "''" : shellWord(text);
}
