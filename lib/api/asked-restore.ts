/**
 * The request that a caller asks for. Invariants: who asks is the principal, whatever the body says; a moment such as "2 hours
 * ago" means what it meant when it was asked.
 */
import { InputError } from '../domain/errors.ts';
import { formatTarget, parseTarget } from '../domain/recovery-target.ts';
import { parseRestoreRequest, type RestoreRequest } from '../domain/restore-request.ts';
import type { TenantId } from '../domain/tenant.ts';
import { type AskedRevert, mergeRequest } from '../operations/restore/apply/revert-transactions.ts';
import type { undoRecorded } from '../operations/restore/apply/undo-restore.ts';
import type { Deps } from '../ports.ts';
import type { AskedRestore } from './documents/asked-restore.ts';

interface Asker {
  readonly tenant: TenantId;
  /** Name of the principal. */
  readonly requestedBy: string;
  readonly timeZone: string;
}

/** What takes something back: with the database the log is shipped first, without it the log is read as far as it is. */
export interface WaysBack<C> {
  readonly undo: (
    ctx: C,
    tenant: TenantId,
    restore: string,
    who: Parameters<typeof undoRecorded>[3],
  ) => Promise<RestoreRequest>;
  readonly revert: (ctx: C, tenant: TenantId, asked: Omit<AskedRevert, 'liveNames'>) => Promise<RestoreRequest>;
}

type MergeDeps = Parameters<typeof mergeRequest>[0];

/** What can be refused at once is: InputError `bad-request`, `bad-target`. The work itself throws what each way does. */
export function askedRestore<C extends MergeDeps>(
  { clock }: Pick<Deps, 'clock'>,
  { tenant, requestedBy, timeZone }: Asker,
  asked: AskedRestore,
  ways: WaysBack<C>,
): (ctx: C) => Promise<RestoreRequest> {
  const exact = (text: string) => formatTarget(parseTarget(text, { now: clock.now(), timeZone }));
  const { target, revert, undo, mode, keep, reason } = asked;
  if ([target, revert, undo].filter(way => way !== undefined).length !== 1)
    throw badRequest('name a target, transactions to revert or a restore to undo, and only one of them');
  if (mode !== 'merge' && keep.length > 0) throw badRequest('only mode merge keeps transactions');
  const selection = { ...selectionOf(asked), requestedBy };
  if (undo)
    return ctx => ways.undo(ctx, tenant, undo.restore, { requestedBy, exact: undo.exact, ...(reason && { reason }) });
  if (revert) {
    const { transactions, context, from, to } = revert;
    if (transactions.length === 0 && context === undefined) throw badRequest('no transaction is named');
    const range = { ...(from !== undefined && { from: exact(from) }), ...(to !== undefined && { to: exact(to) }) };
    return ctx => ways.revert(ctx, tenant, { transactions, context, ...range, request: selection });
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
