/**
 * The commands in hints, messages and help are valid: every flag exists on the command that it is named with, and the
 * command line accepts every example of `--help`. For the docs see docs-links.test.ts.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { buildProgram } from '../../bin/program.ts';
import { commandsIn, refusal } from '../support/quoted-commands.ts';

const ROOT = join(import.meta.dirname, '../..');
const FLAG = /(?<![\w-])--[a-z][a-z-]*[a-z]/g;
/** Options of other programs that the tree starts or names: initdb, pg_dump, useradd, Node.js, npm run demo, cdk. */
const OF_OTHERS = new Set([
  ...['--pwfile', '--locale', '--no-sync', '--data-only', '--system', '--enable-source-maps', '--input-type'],
  ...['--keep', '--context', '--semi-space-growth-factor', '--expose-gc'],
]);

const sources = ['lib', 'bin', 'lambdas']
  .flatMap(folder =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' }).map(name => join(ROOT, folder, name)),
  )
  // Custom properties of a style sheet look like flags.
  .filter(path => path.endsWith('.ts') && !path.endsWith('-style.ts'))
  .map(path => [relative(ROOT, path), readFileSync(path, 'utf8')] as const);

const all = (command: Command): Command[] => [command, ...command.commands.flatMap(all)];
const flagsOf = (command: Command) => command.options.map(option => option.long!);
const program = buildProgram();
const COMMON = new Set([...flagsOf(program), '--help']);

/** The subcommand that runs where none is named. */
function unnamedOf(command: Command): Command {
  const { _defaultCommandName: name } = command as unknown as { _defaultCommandName: string | null };
  return command.commands.find(each => each.name() === name) ?? command;
}

/** Flags of `holdfast COMMAND …` that this command has not; the command itself where there is none of its name. */
function strangeIn(words: readonly string[]): string[] {
  let command = program;
  let at = 0;
  for (; at < words.length; at++) {
    const next = command.commands.find(each => each.name() === words[at]);
    if (next !== undefined) command = next;
    else if (words[at]?.startsWith('-')) {
      const option = program.options.find(each => each.long === words[at]);
      if (command !== program || option === undefined) break;
      if (option.required) at++;
    } else break;
  }
  if (command === program && at < words.length && !words[at]!.startsWith('-')) return [words[at]!];
  const known = new Set([...COMMON, ...flagsOf(command), ...flagsOf(unnamedOf(command))]);
  return words.filter(word => /^--[a-z]/.test(word) && !known.has(word));
}

/** Calls in a source text: from `holdfast` to the end of the quotation. What is put in stands as one word. */
function callsIn(text: string): string[][] {
  const calls = text.matchAll(/(?:\\?`|\$ |npx )holdfast (?=[a-z-])(?!\w+\\0)((?:\$\{[^}]*\}|[^`'"\\\n…])+)/g);
  return [...calls].map(([, call]) =>
    call!
      .replaceAll(/\$\{[^}]*\}/g, 'X')
      .replace(/ (?:&&|\||>|#).*$/, '')
      .trim()
      .split(/\s+/)
      .map(word => word.replace(/[.,:;)]+$/, '')),
  );
}

describe('commands in texts of the source', () => {
  it('use flags that exist', () => {
    const known = new Set([...all(program).flatMap(flagsOf), ...COMMON, ...OF_OTHERS]);
    const strange = sources.flatMap(([path, text]) =>
      [...withoutCode(text).matchAll(FLAG)].filter(([flag]) => !known.has(flag)).map(([flag]) => `${path}: ${flag}`),
    );
    expect(strange).toEqual([]);
  });

  it('use them with the command that has them', () => {
    const calls = sources.flatMap(([path, text]) => callsIn(text).map(words => [path, words] as const));
    expect(calls.length).toBeGreaterThan(100);
    const strange = calls.flatMap(([path, words]) =>
      strangeIn(words).map(word => `${path}: ${word} in "holdfast ${words.join(' ')}"`),
    );
    expect(strange).toEqual([]);
  });

  it('are reported otherwise', () => {
    expect(callsIn(`\`holdfast snapshot --full\`, then \\\`holdfast ship \${x} --follow\\\`.`).map(strangeIn)).toEqual([
      ['--full'],
      [],
    ]);
    expect(strangeIn(['backup'])).toEqual(['backup']);
    expect(strangeIn(['--profile', 'prod', 'status', '--nope'])).toEqual(['--nope']);
  });
});

describe('the examples of --help', () => {
  const commands = all(program).map(command => [command.name(), helpOf(command)] as const);

  it.each(commands)('of %s are accepted by the command line', async (_, help) => {
    const refused: string[] = [];
    for (const command of commandsIn(examplesIn(help))) {
      const why = await refusal(command.replace(/ && .*$/, ''));
      if (why !== undefined) refused.push(`${command}: ${why}`);
    }
    expect(refused).toEqual([]);
  });

  it('are many', () => {
    expect(commands.flatMap(([, help]) => commandsIn(examplesIn(help))).length).toBeGreaterThan(30);
  });
});

/** Decrements are no flags. */
function withoutCode(text: string): string {
  return text.replaceAll(/--[a-z]\w*\]/g, '');
}

function examplesIn(help: string): string {
  return help
    .replaceAll(/ \\\n +/g, ' ')
    .split('\n')
    .filter(line => /^ *\$ /.test(line))
    .map(line => line.replace(/^( *\$ )(?:[A-Z_]+=\S+ )+/, '$1'))
    .join('\n');
}

function helpOf(command: Command): string {
  let help = '';
  command.configureOutput({
    writeOut: text => {
      help += text;
    },
  });
  command.outputHelp();
  return help;
}
