/** The completion script for zsh, with descriptions: one `_arguments` per command. */
import type { ArgumentFacts, CommandFacts, OptionFacts, ValueFacts } from './command-facts.ts';

export function zshCompletion(commands: readonly CommandFacts[]): string {
  const [program, ...others] = commands as [CommandFacts, ...CommandFacts[]];
  return `#compdef holdfast
# zsh completion of holdfast. Load it with:  source <(holdfast completion zsh)
${[program, ...others].map(command => functionOf(command, commands, program.options)).join('\n')}
if [[ \${zsh_eval_context[-1]} == loadautofunc ]]; then _holdfast "$@"; else compdef _holdfast holdfast; fi
`;
}

function functionOf(command: CommandFacts, all: readonly CommandFacts[], global: readonly OptionFacts[]): string {
  const options = command.path === '' ? command.options : [...command.options, ...global];
  const specs = [...options.flatMap(optionSpecs), `'(- *)--help[show the help]'`];
  if (command.commands.length === 0) {
    return `${nameOf(command.path)}() {\n  _arguments -s \\\n    ${[...specs, ...command.arguments.map(argumentSpec)].join(' \\\n    ')}\n}`;
  }
  const below = command.commands.map(name => all.find(each => each.path === joined(command.path, name))!);
  const described = below.map(({ path, description }) => `    ${single(`${lastWord(path)}:${description}`)}`);
  const calls = below.map(({ path }) => `        ${lastWord(path)}) ${nameOf(path)} ;;`);
  return `${nameOf(command.path)}() {
  local line state context
  typeset -A opt_args
  local -a commands=(
${described.join('\n')}
  )
  _arguments -C -s \\
    ${specs.join(' \\\n    ')} \\
    '1: :->command' '*:: :->rest'
  case $state in
    command) _describe command commands ;;
    rest)
      case $words[1] in
${calls.join('\n')}
      esac ;;
  esac
}`;
}

/** One specification per flag; each may be repeated, which is harmless. */
function optionSpecs({ flags, description, value }: OptionFacts): string[] {
  const text = `[${escaped(description)}]`;
  return flags.map(flag => single(`*${flag}${text}${value ? valueSpec(value) : ''}`));
}

function valueSpec({ name, choices, isFile, isOptional }: ValueFacts): string {
  return `${isOptional ? '::' : ':'}${escaped(name)}:${actionOf(choices, isFile)}`;
}

function argumentSpec({ name, choices, isRequired, isVariadic }: ArgumentFacts): string {
  return single(
    `${isVariadic ? '*' : ''}:${isRequired || isVariadic ? '' : ':'}${escaped(name)}:${actionOf(choices, false)}`,
  );
}

function actionOf(choices: readonly string[], isFile: boolean): string {
  if (choices.length > 0) return `(${choices.join(' ')})`;
  return isFile ? '_files' : ' ';
}

const joined = (path: string, name: string): string => (path === '' ? name : `${path} ${name}`);
const lastWord = (path: string): string => path.slice(path.lastIndexOf(' ') + 1);
const nameOf = (path: string): string => ['_holdfast', ...path.split(' ').filter(word => word !== '')].join('_');
const escaped = (text: string): string => text.replaceAll(/[[\]:\\]/g, '\\$&');
const single = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
