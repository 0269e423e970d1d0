/** `--dry-run`, which people try first: answered with what does it here. Nothing has run. */
import type { Command } from 'commander';
import { InputError } from '../../lib/domain/errors.ts';

const ANSWERS: Readonly<Record<string, string>> = {
  undo: 'It shows the difference and asks before it writes: run it without --yes in a terminal.',
  approve: 'It shows the difference and asks before it decides: run it without --yes in a terminal.',
  expire: 'Run `holdfast expire --plan`: it shows what is kept, why, and what would be removed.',
  doctor: 'Run `holdfast doctor`: without --fix it changes nothing; `holdfast doctor --sql` prints all of the SQL.',
  discover: 'Run `holdfast discover --print`: it prints the model without writing it.',
  init: 'Run `holdfast init --print`: it prints the file without writing it.',
};

export function dryRunAnswer(command: Command): InputError {
  const name = command.name();
  return new InputError('usage', `\`${name}\` has no --dry-run; nothing was done.`, {
    hint: ANSWERS[name] ?? `Leave it out; \`holdfast ${pathOf(command)} --help\` says what the command changes.`,
  });
}

function pathOf(command: Command): string {
  const above = command.parent;
  return above?.parent ? `${pathOf(above)} ${command.name()}` : command.name();
}
