/**
 * Takes back some transactions among others: reads the log between the staged state and its baseline, and leaves in the
 * baseline only what the chosen transactions did. A row that others changed in between too is followed version by version
 * (domain/take-back.ts). Invariant: a change of a row that the log does not name completely refuses the request.
 */
import { formatLsn, type Lsn } from '../../../domain/lsn.ts';
import type { Reverts } from '../../../domain/restore-request.ts';
import type { TenantId } from '../../../domain/tenant.ts';
import type { Connection } from '../../../postgres/connection.ts';
import type { StagedTable } from '../../../postgres/staging/staging.ts';
import { StepRows } from '../../../postgres/staging/step-rows.ts';
import type { Context } from '../../context.ts';
import { cannotRevert } from './cannot-revert.ts';
import { FollowedRows } from './followed-rows.ts';
import { type ChangedStretch, keysOf, loggedChanges, type StepChange } from './logged-changes.ts';

/** Rows that are followed in memory, with all their versions. */
const MIXED_ROWS = 20_000;

/** The tables with their baselines, which have what committed in this stretch. */
export interface LoggedStep extends ChangedStretch {
  readonly tenantId: TenantId;
  readonly connection: Connection;
  readonly schema: string;
}

/** True where a choice leaves anything out. */
export function choosesAmong({ only, except, until }: Reverts, from: Lsn): boolean {
  const alone = only?.length === 1 && only[0] === until && formatLsn(from) === until;
  return except !== undefined || (only !== undefined && !alone);
}

/**
 * The tables, with tables of clashes where rows have any; `note` is told of what the chosen transactions changed.
 * InputError `cannot-revert`; IntegrityError.
 */
export async function selectStep(
  ctx: Context,
  step: LoggedStep,
  reverts: Reverts,
  note: (change: StepChange) => void,
): Promise<StagedTable[]> {
  const isSelected = selectedBy(reverts);
  const tables = new Map<StagedTable, StepRows>();
  for (const [number, table] of step.tables.entries()) {
    if (table.key.length === 0) throw cannotRevert(`${table.table} has no key`, table.table);
    if (table.key.some(name => isLooseText(table, name)))
      throw cannotRevert(`equal keys of ${table.table} can be printed differently`, table.table);
    const rows = new StepRows(step.connection, step.schema, number, { ...table, baseline: table.baseline! });
    await rows.create();
    tables.set(table, rows);
  }
  if (!(await noteTouched(ctx, step, { isSelected, note }, tables))) return [...step.tables];
  const mixed = new Map<StagedTable, FollowedRows>();
  for (const [table, rows] of tables) {
    await rows.flush();
    await rows.restrict();
    const found = await rows.mixed(MIXED_ROWS);
    if (found === undefined)
      throw cannotRevert(
        `more than ${MIXED_ROWS} rows of ${table.table} were changed by others in between`,
        table.table,
      );
    if (found.length > 0) mixed.set(table, new FollowedRows(table, step.tenantId, found));
  }
  if (mixed.size > 0) await followRows(ctx, step, isSelected, mixed);
  const settled: StagedTable[] = [];
  for (const [table, rows] of tables) {
    const clashes = await rows.settle(mixed.get(table)?.settled() ?? []);
    settled.push({ ...table, ...(clashes !== undefined && { clashes }) });
  }
  return settled;
}

/** Staged as text, of which equal values can have several: a composite of 1 and one of 1.0 are the same key. */
function isLooseText({ columns, schema }: StagedTable, name: string): boolean {
  const equality = schema.columns.find(column => column.name === name)?.equality;
  const asText = columns.some(column => column.name === name && column.asText);
  return asText && equality !== undefined && equality.canonical !== 'text';
}

type Selects = (commit: Lsn) => boolean;

/** Whether a commit of the stretch is one of the transactions to take back. */
export function selectedBy({ only, except }: Reverts): Selects {
  const named = new Set<string>(only ?? except);
  return commit => named.has(formatLsn(commit)) === (only !== undefined);
}

/** Every changed row's key, and by which sort of transaction; false where there are no others than the chosen ones. */
async function noteTouched(
  ctx: Context,
  step: LoggedStep,
  { isSelected, note }: { readonly isSelected: Selects; readonly note: (change: StepChange) => void },
  tables: ReadonlyMap<StagedTable, StepRows>,
): Promise<boolean> {
  let others = false;
  let truncated: StagedTable | undefined;
  for await (const change of loggedChanges(ctx, step)) {
    const selected = isSelected(change.commit);
    others ||= !selected;
    if (selected) note(change);
    if (change.kind === 'truncate') truncated = change.table;
    else for (const key of keysOf(change)) await tables.get(change.table)!.add(key, selected);
  }
  if (others && truncated) throw cannotRevert(`${truncated.table} was truncated in between`, truncated.table);
  return others;
}

async function followRows(ctx: Context, step: LoggedStep, isSelected: Selects, mixed: Map<StagedTable, FollowedRows>) {
  for await (const change of loggedChanges(ctx, { ...step, tables: [...mixed.keys()] }))
    if (change.kind === 'row') mixed.get(change.table)!.follow(change, isSelected(change.commit));
}
