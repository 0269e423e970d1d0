/** At 80 columns no line is wider, and no word is broken: neither in a help text nor in a table. */
import type { Command } from 'commander';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { buildProgram } from '../../../bin/program.ts';
import { width } from '../../../bin/terminal/style.ts';
import { renderFacts, renderTable } from '../../../bin/terminal/table.ts';
import { fitted, wrapSql } from '../../../bin/terminal/wrap.ts';

const all = (command: Command): Command[] => [command, ...command.commands.flatMap(all)];
const tooWide = (text: string) => text.split('\n').filter(line => width(line) > 80);

describe('the help of', () => {
  it.each(all(buildProgram()).map(command => [command.name(), command] as const))(
    '%s holds 80 columns',
    (_, command) => {
      let help = '';
      command.configureOutput({
        writeOut: text => {
          help += text;
        },
        getOutHelpWidth: () => 80,
      });
      command.outputHelp();
      expect(tooWide(help)).toEqual([]);
      expect(help).toMatch(/Usage: holdfast/);
    },
  );

  it('the program groups its commands', () => {
    const help = buildProgram().helpInformation();
    for (const heading of ['Set up:', 'Back up:', 'Find the moment:', 'Restore:', 'On AWS:', 'Maintenance:'])
      expect(help).toContain(`\n${heading}\n`);
    expect(help).not.toContain('--dry-run');
  });
});

describe('a table', () => {
  const word = fc.string({ unit: fc.constantFrom(...'abcdefgh123'), minLength: 1, maxLength: 18 });
  const prose = fc.array(word, { minLength: 1, maxLength: 20 }).map(words => words.join(' '));
  const row = fc.tuple(word, word, word, word, prose).map(cells => cells);

  it('holds the columns of the terminal and breaks no word', () => {
    fc.assert(
      fc.property(fc.array(row, { minLength: 1, maxLength: 5 }), fc.boolean(), (rows, optional) => {
        const heads = ['id', 'kind', 'rows', 'size', 'why'].map((head, index) => ({
          ...{ head, right: index === 2 },
          ...(optional && index > 1 && index < 4 && { optional }),
        }));
        const text = renderTable(heads, rows, { columns: 80 });
        expect(tooWide(text)).toEqual([]);
        const shown = new Set(text.split(/[\s,]+/));
        for (const [id, kind, , , why] of rows)
          for (const part of [id!, kind!, ...why!.split(' ')]) expect(shown.has(part)).toBe(true);
      }),
    );
  });

  it('leaves out what is optional before it lists rows one by one', () => {
    const wide = (text: string) => text.padEnd(30, 'x');
    const heads = [{ head: 'tenant' }, { head: 'stored', optional: true }, { head: 'state' }];
    expect(renderTable(heads, [[wide('a'), wide('b'), wide('c')]], { columns: 80 })).not.toContain('stored');
    const stacked = renderTable(
      [{ head: 'a' }, { head: 'b' }, { head: 'n', right: true }],
      [[wide('1'), wide('2'), wide('3')]],
      {
        columns: 80,
      },
    );
    expect(stacked).toBe(`  ${wide('1')}\n      b ${wide('2')}, n ${wide('3')}\n`);
  });

  it('wraps the values of facts under their beginning', () => {
    const text = renderFacts([['reason', 'word '.repeat(30).trim()]], { columns: 80 });
    expect(tooWide(text)).toEqual([]);
    expect(text.split('\n')[1]).toMatch(/^ {10}word/);
    const key = 'x'.repeat(76);
    expect(renderFacts([['object', key]], { columns: 80 })).toBe(`  object\n    ${key}\n`);
  });
});

describe('a fitted text', () => {
  it('breaks SQL only outside of quotes', () => {
    const sql = `CREATE INDEX CONCURRENTLY "a name with spaces" ON "public"."orders and more" ("shop id", lower('a b'));`;
    const text = wrapSql(sql, 60, '    ');
    expect(text.split('\n').every(line => width(line) <= 60)).toBe(true);
    expect(text.trim().replaceAll(/\n +/g, ' ')).toBe(sql);
  });

  it('wraps long lines under their sign, and keeps commands whole', () => {
    const long = `  ! ${'word '.repeat(30).trim()}`;
    const command = `  holdfast restore 17 --to ${'x'.repeat(80)} --yes`;
    const text = fitted(`${long}\n${command}\n`, 80);
    const lines = text.split('\n');
    expect(lines[1]).toMatch(/^ {4}word/);
    expect(lines).toContain(command);
    expect(lines.filter(line => line !== command && width(line) > 80)).toEqual([]);
  });
});
