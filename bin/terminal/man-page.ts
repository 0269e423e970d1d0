/** The manual page, holdfast(1), from the program itself: in man(7) macros, which groff and mandoc render. */
import type { ArgumentFacts, CommandFacts, OptionFacts } from './command-facts.ts';

export function manualPage(commands: readonly CommandFacts[], version: string): string {
  const [program, ...others] = commands as [CommandFacts, ...CommandFacts[]];
  const groups = [...new Set(others.map(({ group }) => group))];
  return `${[
    `.\\" Made by bin/build.ts from the command line itself.`,
    `.TH HOLDFAST 1 "" "holdfast ${version}" "Holdfast"`,
    ...['.SH NAME', `holdfast \\- ${text(lowered(program.description))}`],
    ...['.SH SYNOPSIS', '\\fBholdfast\\fR [\\fIoption\\fR ...] \\fIcommand\\fR [\\fIargument\\fR ...]'],
    ...['.SH DESCRIPTION', text(program.description), text(ABOUT)],
    ...['.SH GLOBAL OPTIONS', ...program.options.flatMap(optionLines)],
    ...groups.flatMap(group => [
      `.SH ${heading(group)}`,
      ...others.filter(command => command.group === group && doesWork(command)).flatMap(commandLines),
    ]),
    ...['.SH NOTES', ...exampleLines(program.notes)],
    ...['.SH FILES', '.TP', '.I holdfast.yaml', 'configuration, in this or a parent directory'],
    ...['.TP', '.I holdfast.model.yaml', 'tenant model'],
  ].join('\n')}\n`;
}

const ABOUT =
  'Each command has --help with examples, and --json for programs: one document on standard output, also for errors.';

function commandLines(command: CommandFacts): string[] {
  const words = command.arguments.map(shownArgument).join(' ');
  return [
    `.SS "${text(`holdfast ${command.path}${words === '' ? '' : ` ${words}`}`)}"`,
    text(sentence(command.description)),
    ...command.arguments.filter(({ description }) => description !== '').flatMap(argumentLines),
    ...command.options.flatMap(optionLines),
    ...(command.notes === '' ? [] : ['.PP', ...exampleLines(command.notes)]),
  ];
}

function optionLines({ flags, value, description }: OptionFacts): string[] {
  const shown = flags.map(flag => `\\fB${text(flag)}\\fR`).join(', ');
  const after = value === undefined ? '' : value.isOptional ? ` [\\fI${value.name}\\fR]` : ` \\fI${value.name}\\fR`;
  const choices = value && value.choices.length > 0 ? ` (${value.choices.join(', ')})` : '';
  return ['.TP', `${shown}${after}`, text(`${description}${choices}`)];
}

function argumentLines({ name, description }: ArgumentFacts): string[] {
  return ['.TP', `\\fI${text(name)}\\fR`, text(description)];
}

function shownArgument({ name, isRequired, isVariadic }: ArgumentFacts): string {
  const dots = isVariadic ? '...' : '';
  return isRequired ? `<${name}${dots}>` : `[${name}${dots}]`;
}

/** As it is: examples and tables are not filled. */
function exampleLines(notes: string): string[] {
  return ['.nf', ...notes.split('\n').map(text), '.fi'];
}

function heading(group: string): string {
  return text(group.replace(/:$/, '').toUpperCase());
}

function lowered(description: string): string {
  return description.replace(/^[A-Z]/, first => first.toLowerCase()).replace(/\.$/, '');
}

function sentence(description: string): string {
  const first = description.replace(/^[a-z]/, letter => letter.toUpperCase());
  return /[.!]$/.test(first) ? first : `${first}.`;
}

/** A backslash is a command, a dash a hyphen, and a line that begins with a dot a macro. */
function text(plain: string): string {
  return plain
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll('"', '\\(dq')
    .replace(/^([.'])/, '\\&$1');
}

/** A command that only has others below it does nothing itself. */
function doesWork({ commands, arguments: own, options }: CommandFacts): boolean {
  return commands.length === 0 || own.length > 0 || options.length > 0;
}
