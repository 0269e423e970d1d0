/** `mark`: a named recovery target. */

import type { Command } from 'commander';
import { shellWord } from '../../lib/domain/shell-word.ts';
import { mark as setMark } from '../../lib/operations/log/mark.ts';
import { spellTenant } from '../../lib/operations/model/spell-tenant.ts';
import { printable } from '../terminal/format.ts';
import { inSession, type Session } from '../terminal/session.ts';

export function registerMark(program: Command): void {
  program
    .command('mark')
    .description('set a marker: an exact recovery target')
    .argument('<tenant>', 'tenant id')
    .argument('<name>', 'name of the marker')
    .addHelpText(
      'after',
      '\nExamples:\n  $ holdfast mark 17 before-import\n  $ holdfast diff 17 --to before-import\n\nA marker can be used once the log has been shipped past it.',
    )
    .action(inSession(mark));
}

async function mark(session: Session, tenant: string, name: string): Promise<void> {
  const ctx = await session.context();
  const target = await setMark(ctx, await spellTenant(ctx, tenant), name);
  session.emit(
    { tenant, name, target },
    () =>
      `${session.style.good('Marked.')} Restore with  ${session.style.bold(`--to ${printable(shellWord(target))}`)}  once \`holdfast ship\` has run.\n`,
  );
}
