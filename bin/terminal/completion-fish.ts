/** The completion script for fish: one line per command, option and choice, with descriptions. */
import type { CommandFacts, OptionFacts } from './command-facts.ts';

export function fishCompletion(commands: readonly CommandFacts[]): string {
  const [program, ...others] = commands as [CommandFacts, ...CommandFacts[]];
  const top = others.filter(({ path }) => !path.includes(' ')).map(({ path }) => path);
  const lines = [
    ...program.options.map(option => optionLine('', option)),
    ...others.map(({ path, description }) => {
      const [parent, name] = path.includes(' ') ? path.split(' ') : [undefined, path];
      const when = parent === undefined ? `not __fish_seen_subcommand_from ${top.join(' ')}` : seen(parent);
      return `complete -c holdfast -n ${single(when)} -a ${single(name!)} -d ${single(description)}`;
    }),
    ...others.flatMap(command => [
      ...command.options.map(option => optionLine(` -n ${single(seenAll(command.path))}`, option)),
      ...choiceLines(command),
    ]),
  ];
  return `# fish completion of holdfast. Load it with:  holdfast completion fish | source\ncomplete -c holdfast -f\n${lines.join('\n')}\n`;
}

function choiceLines({ path, arguments: [first] }: CommandFacts): string[] {
  if (first === undefined || first.choices.length === 0) return [];
  return [`complete -c holdfast -n ${single(seenAll(path))} -a ${single(first.choices.join(' '))}`];
}

function optionLine(when: string, { flags, description, value }: OptionFacts): string {
  const names = flags.map(flag => (flag.startsWith('--') ? `-l ${flag.slice(2)}` : `-s ${flag.slice(1)}`)).join(' ');
  const required = value === undefined || value.isOptional ? '' : value.isFile ? ' -r -F' : ' -x';
  const choices = value && value.choices.length > 0 ? ` -a ${single(value.choices.join(' '))}` : '';
  return `complete -c holdfast${when} ${names}${required}${choices} -d ${single(description)}`;
}

const seen = (name: string): string => `__fish_seen_subcommand_from ${name}`;
const seenAll = (path: string): string => path.split(' ').map(seen).join('; and ');
const single = (text: string): string => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
