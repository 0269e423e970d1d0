/**
 * The commands and options of the command line as data: what completion scripts and the manual page are made from, so that
 * they never differ from the program itself.
 */
import type { EventEmitter } from 'node:events';
import type { Argument, Command, Option } from 'commander';

export interface ValueFacts {
  /** As in the help: `file`, `target`. */
  readonly name: string;
  readonly choices: readonly string[];
  readonly isFile: boolean;
  readonly isOptional: boolean;
}

export interface OptionFacts {
  /** `-y`, `--yes`: the short one first. */
  readonly flags: readonly string[];
  readonly description: string;
  /** Absent: a switch. */
  readonly value?: ValueFacts;
}

export interface ArgumentFacts {
  readonly name: string;
  readonly description: string;
  readonly choices: readonly string[];
  readonly isRequired: boolean;
  readonly isVariadic: boolean;
}

export interface CommandFacts {
  /** `restore`, `catalog rebuild`; empty: the program. */
  readonly path: string;
  readonly description: string;
  /** Its group in the help. */
  readonly group: string;
  readonly arguments: readonly ArgumentFacts[];
  readonly options: readonly OptionFacts[];
  /** Names of the commands below it. */
  readonly commands: readonly string[];
  /** What its help says after the options: examples and notes. */
  readonly notes: string;
}

/** The program first, then each command, parents before children. */
export function commandFacts(program: Command): CommandFacts[] {
  return visit(program, '');
}

function visit(command: Command, path: string): CommandFacts[] {
  const own: CommandFacts = {
    ...{ path, description: command.description(), group: command.helpGroup() ?? '' },
    arguments: command.registeredArguments.map(argumentFacts),
    options: command.options.filter(option => !option.hidden).map(optionFacts),
    commands: command.commands.map(each => each.name()),
    notes: notesOf(command),
  };
  const below = command.commands.flatMap(each => visit(each, path === '' ? each.name() : `${path} ${each.name()}`));
  return [own, ...below];
}

function optionFacts(option: Option): OptionFacts {
  const { short, long, description, flags, required, optional, argChoices = [] } = option;
  const named = /[<[](.+?)[\]>]/.exec(flags)?.[1] ?? 'value';
  const value = { ...valueNamed(named), choices: argChoices, isOptional: optional };
  return {
    flags: [short, long].filter(flag => flag !== undefined),
    description,
    ...((required || optional) && { value }),
  };
}

function valueNamed(name: string): { name: string; isFile: boolean } {
  return { name, isFile: name === 'file' || name === 'path' };
}

function argumentFacts(argument: Argument): ArgumentFacts {
  const { description, required, variadic, argChoices = [] } = argument;
  return { name: argument.name(), description, choices: argChoices, isRequired: required, isVariadic: variadic };
}

/** commander keeps what was added to a help text as listeners of this event. */
function notesOf(command: Command & Partial<Pick<EventEmitter, 'emit'>>): string {
  let text = '';
  command.emit?.('afterHelp', {
    ...{ command, error: false },
    write: (part: string) => {
      text += part;
    },
  });
  return text.trim();
}
