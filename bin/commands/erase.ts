/** `erase`: records that rows were erased for good, so that every later restore omits them. */

import type { Command } from 'commander';
import { spellTenant } from '../../lib/operations/model/spell-tenant.ts';
import { eraseSubject } from '../../lib/operations/retention/erase-subject.ts';
import { plural, printable } from '../terminal/format.ts';
import { inSession, type Session } from '../terminal/session.ts';
import { keys as parseKeys } from './restore-options.ts';

export function registerErase(program: Command): void {
  program
    .command('erase')
    .description('record erased rows, which restores then omit')
    .argument('<tenant>', 'tenant id')
    .argument('<table>', 'table, for example public.people')
    .argument('<keys>', 'keys of the rows: 17,18 or JSON [["a",1],["b",2]]', parseKeys)
    .requiredOption('--reason <text>', 'reason for the record, for example a request number')
    .addHelpText(
      'after',
      "\nExamples:\n  $ holdfast erase 17 public.people 4711,4712 --reason 'request 2026-118'\n\nThe application deletes the live rows itself. Only keyed digests of the keys are\nstored.",
    )
    .action(inSession(erase));
}

async function erase(
  session: Session,
  tenant: string,
  table: string,
  keys: string[][],
  options: { reason: string },
): Promise<void> {
  const ctx = await session.context();
  const item = await eraseSubject(ctx, await spellTenant(ctx, tenant), {
    table,
    keys,
    requestedBy: await session.user(),
    reason: options.reason,
  });
  session.emit(
    item,
    () =>
      `${session.style.good('Recorded.')} Every later restore omits ${plural(item.count, 'row')} of ${printable(table)} and counts the omissions.  ${session.style.dim(item.id)}\n`,
  );
}
