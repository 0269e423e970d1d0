/**
 * A restore as a caller asks for it: to a moment, without some transactions, or without an earlier restore. Invariants: who
 * asks is the principal, whatever the body says; a moment such as "2 hours ago" means what it meant when it was asked.
 */
import * as z from 'zod';
import { InputError } from '../domain/errors.ts';
import { formatTarget, parseTarget } from '../domain/recovery-target.ts';
import { parseRestoreRequest, REVERTED_TRANSACTIONS, type RestoreRequest } from '../domain/restore-request.ts';
import type { TenantId } from '../domain/tenant.ts';
import { Component } from '../domain/tenant-model.ts';
import type { Context } from '../operations/context.ts';
import { shippedRevert, shippedUndo } from '../operations/fleet/shipped-request.ts';
import { mergeRequest } from '../operations/restore/apply/revert-transactions.ts';

const Target = z.string().min(1).max(1000).describe('A moment: a time with its offset, a position or a marker.');
const Transaction = z.string().min(1).max(100).describe('Id of a transaction, or the position of its commit.');
const TableText = z.string().min(1).max(300);
const Transactions = z.array(Transaction).max(REVERTED_TRANSACTIONS);

export const AskedRestore = z.strictObject({
  target: Target.optional().describe('As it was at that moment. Exactly one of target, revert and undo is given.'),
  revert: z
    .strictObject({
      transactions: Transactions.default([]),
      context: z.string().max(1000).optional().describe('Every transaction with this context: `job = nightly-*`.'),
      ...{ from: Target.optional(), to: Target.optional() },
    })
    .optional()
    .describe('What these transactions did is taken back; what came later stays.'),
  undo: z
    .strictObject({ restore: z.string().max(100), exact: z.boolean().default(false) })
    .optional()
    .describe('What that restore wrote is taken back. `exact`: also what was written since.'),
  mode: z.enum(['exact', 'missing-only', 'merge']).default('exact'),
  keep: Transactions.default([]).describe('With mode merge: transactions that are not taken back.'),
  overwrite: z.boolean().default(false).describe('Also take back what was changed again since.'),
  tables: z.array(TableText).max(1000).default([]),
  components: z.array(Component).default([]),
  exclude: z.array(TableText).max(1000).default([]),
  rows: z.record(TableText, z.string().min(1).max(4000)).default({}),
  keys: z.record(TableText, z.array(z.array(z.string()).min(1)).min(1).max(10_000)).default({}),
  columns: z.record(TableText, z.array(z.string().min(1)).min(1)).default({}),
  withChildren: z.boolean().default(false),
  reason: z.string().max(2000).default(''),
});
export type AskedRestore = z.output<typeof AskedRestore>;

interface Asker {
  readonly tenant: TenantId;
  /** Name of the principal. */
  readonly requestedBy: string;
  readonly timeZone: string;
}

/** Makes the request. For what is taken back, the log is shipped first. */
export type RequestMaker = (ctx: Context) => Promise<RestoreRequest>;

/** What can be refused at once is: InputError `bad-request`, `bad-target`. The work itself throws what each way does. */
export function askedRestore(
  { clock }: Pick<Context, 'clock'>,
  { tenant, requestedBy, timeZone }: Asker,
  asked: AskedRestore,
): RequestMaker {
  const exact = (text: string) => formatTarget(parseTarget(text, { now: clock.now(), timeZone }));
  const { target, revert, undo, mode, keep, reason } = asked;
  if ([target, revert, undo].filter(way => way !== undefined).length !== 1)
    throw badRequest('name a target, transactions to revert or a restore to undo, and only one of them');
  if (mode !== 'merge' && keep.length > 0) throw badRequest('only mode merge keeps transactions');
  const selection = { ...selectionOf(asked), requestedBy };
  if (undo)
    return ctx => shippedUndo(ctx, tenant, undo.restore, { requestedBy, exact: undo.exact, ...(reason && { reason }) });
  if (revert) {
    const { transactions, context, from, to } = revert;
    if (transactions.length === 0 && context === undefined) throw badRequest('no transaction is named');
    const range = { ...(from !== undefined && { from: exact(from) }), ...(to !== undefined && { to: exact(to) }) };
    return ctx => shippedRevert(ctx, tenant, { transactions, context, ...range, request: selection });
  }
  const at = exact(target!);
  if (mode === 'merge') return ctx => mergeRequest(ctx, tenant, { target: at, keep, request: selection });
  const byColumns = Object.keys(asked.columns).length > 0;
  const request = parseRestoreRequest({ ...selection, tenant, target: at, mode: byColumns ? 'columns' : mode });
  return async () => request;
}

function selectionOf({
  tables,
  components,
  exclude,
  rows,
  keys,
  columns,
  withChildren,
  overwrite,
  reason,
}: AskedRestore) {
  return {
    ...{ tables, components, rows, keys, columns, withChildren, reason, samples: 0 },
    ...(exclude.length > 0 && { exclude }),
    ...(overwrite && { overwrite: true as const }),
  };
}

function badRequest(why: string): InputError {
  return new InputError('bad-request', `The restore request is not valid: ${why}.`, { hint: 'Correct the request.' });
}
