/** Options of the program are taken before a command sees them: one of the same name would silently do nothing. */
import type { Command } from 'commander';
import { describe, expect, it } from 'vitest';
import { buildProgram } from '../../../bin/program.ts';

describe('the options of the program', () => {
  it('are those of no command, but for --dry-run, which is passed on', () => {
    const program = buildProgram();
    const taken = new Set(program.options.flatMap(({ long, short }) => [long, short]));
    const all = (command: Command): Command[] => [command, ...command.commands.flatMap(all)];
    const shadowed = program.commands
      .flatMap(all)
      .flatMap(command =>
        command.options
          .filter(({ long, short }) => taken.has(long) || (short !== undefined && taken.has(short)))
          .map(({ long }) => `${command.name()} ${long}`),
      );
    expect(shadowed.filter(each => !each.endsWith('--dry-run'))).toEqual([]);
    expect(shadowed).toEqual(['restore --dry-run', 'revert --dry-run']);
  });

  it('pass --dry-run on to a command that has it, wherever it is written', async () => {
    for (const args of [
      ['revert', '17', '--dry-run', '--transaction', '5'],
      ['--dry-run', 'revert', '17', '--transaction', '5'],
    ]) {
      const program = buildProgram();
      const command = program.commands.find(each => each.name() === 'revert')!;
      let seen: unknown;
      command.action((_tenant, options) => {
        seen = options.dryRun;
      });
      await program.parseAsync(args, { from: 'user' });
      expect(seen).toBe(true);
    }
  });
});
