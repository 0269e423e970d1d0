/** `erase`: records that rows were erased for good, so that no later restore brings them back. */

import type { Command } from 'commander';
import { spellTenant } from '../../lib/operations/model/spell-tenant.ts';
import { eraseSubject } from '../../lib/operations/retention/erase-subject.ts';
import { plural, printable } from '../terminal/format.ts';
import { inSession, type Session } from '../terminal/session.ts';
import { keys as parseKeys } from './restore-options.ts';

export function registerErase(program: Command): void {
  program
    .command('erase')
    .description('record erased rows: every later restore leaves them out')
    .argument('<tenant>', 'tenant id')
    .argument('<table>', 'table, for example public.people')
    .argument('<keys>', '17,18 or JSON [["a",1],["b",2]]', parseKeys)
    .requiredOption('--reason <text>', 'kept in the record, for example the number of the request')
    .addHelpText(
      'after',
      "\nExamples:\n  $ holdfast erase 17 public.people 4711,4712 --reason 'request 2026-118'\n\nThe live rows are the application's to delete. Only keyed digests of the keys are stored.",
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
      `${session.style.good('Recorded.')} Every later restore leaves ${plural(item.count, 'row')} of ${printable(table)} out and says so.  ${session.style.dim(item.id)}\n`,
  );
}
