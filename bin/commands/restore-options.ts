/** Shared by `diff` and `restore`: the options, and the request document made from them. */
import { type Command, InvalidArgumentError, Option } from 'commander';
import { InputError } from '../../lib/domain/errors.ts';
import { formatTarget, parseTarget } from '../../lib/domain/recovery-target.ts';
import { parseRestoreRequest, type RestoreRequest } from '../../lib/domain/restore-request.ts';
import { tenantId } from '../../lib/domain/tenant.ts';
import { Component } from '../../lib/domain/tenant-model.ts';
import { type Context, refOf } from '../../lib/operations/context.ts';
import { spellTenant } from '../../lib/operations/model/spell-tenant.ts';
import { mergeRequest, requestAt } from '../../lib/operations/restore/apply/revert-transactions.ts';
import { otherDatabaseUrl } from '../../lib/runtime/config.ts';
import { investigated } from '../aws/investigated.ts';
import type { Session } from '../terminal/session.ts';

export interface SelectionOptions {
  readonly to?: string;
  readonly table?: string[];
  readonly component?: string[];
  readonly exclude?: string[];
  readonly rows?: string;
  readonly keys?: string[];
  readonly columns?: string[];
  readonly mode?: string;
  readonly keepTransaction?: string[];
  readonly overwrite?: boolean;
  readonly withChildren?: boolean;
  readonly reason?: string;
  readonly samples?: number;
}

export interface PlaceOptions {
  readonly sideBySide?: boolean;
  readonly into?: string;
  readonly as?: string;
  readonly map?: [table: string, column: string, template: string][];
  readonly batches?: number;
}

export const TARGET_HELP = `
A target is a time, before:XID or after:XID (a transaction), an LSN
(16/B374D848, also before: or after: it), a marker, before:RESTORE,
snapshot:BACKUP or latest. Times: 2026-03-01T10:04:59Z, "2 hours ago",
"2026-03-01 10:04 Europe/Berlin", "yesterday 14:00", "today noon",
@1765432100 (seconds since 1970). A time without a zone is in the time zone of
the configuration.`;

export function addSelection(command: Command): Command {
  return command
    .option('--to <target>', 'recovery target: the moment to restore')
    .option('--table <table>', 'only this table (may be repeated)', append)
    .addOption(
      withChoices('--component <name>', 'only tables of this component (may be repeated)', Component.options).argParser(
        append,
      ),
    )
    .option('--exclude <table>', 'omit this table; the restore is then partial (may be repeated)', append)
    .option('--rows <predicate>', 'with one --table: only rows that match a condition over its columns')
    .option('--keys <keys>', 'with one --table: only rows with these keys, 17,18 or JSON [["a",1],["b",2]]', keys)
    .option('--columns <names>', 'with one --table: only these columns of existing rows, a,b', list)
    .addOption(
      withChoices(
        '--mode <mode>',
        'missing-only: restore only rows that no longer exist; merge: take back what happened since',
        ['exact', 'missing-only', 'merge'],
      ),
    )
    .option('--keep-transaction <xid>', 'with --mode merge: do not take this one back (may be repeated)', append)
    .option('--overwrite', 'with --mode merge: also take back what was changed again')
    .option('--with-children', 'also restore deleted child rows of restored rows')
    .option('--reason <text>', 'reason for the record')
    .option('--samples <n>', 'number of changed rows to show per table', whole, 3);
}

/** Shown and completed; the request refuses others. */
function withChoices(flags: string, description: string, choices: readonly string[]): Option {
  const option = new Option(flags, description);
  option.argChoices = [...choices];
  return option;
}

/** InputError `bad-request`, `usage`, and those of targets. The target is resolved here, so that it means one moment. */
export async function requestOf(
  session: Session,
  tenant: string,
  options: SelectionOptions & PlaceOptions,
): Promise<RestoreRequest> {
  await session.ready();
  if (options.to === undefined)
    throw usage('No target is given.', 'Pass it with --to, for example --to "2 hours ago".');
  const target = formatTarget(parseTarget(options.to, { now: session.now(), timeZone: session.zone() }));
  const { columns, keepTransaction: keep = [], mode = 'exact' } = options;
  if (mode !== 'merge' && keep.length > 0)
    throw usage('--keep-transaction belongs to --mode merge.', 'Add --mode merge, or leave it out.');
  const request = {
    ...(await selectionOf(session, options)),
    sideBySide: options.sideBySide ?? false,
    ...(options.into === undefined ? {} : { into: otherDatabaseUrl(options.into) }),
    ...(options.as === undefined ? {} : { asTenant: options.as }),
    ...(options.map === undefined ? {} : { mapped: mappedBy(options.map) }),
    ...(options.batches === undefined ? {} : { batches: options.batches }),
  };
  if (mode === 'merge') {
    return mergeAsked(session, tenant, { target, keep, request });
  }
  return parseRestoreRequest({
    ...request,
    tenant: session.remote ? tenant : await spellTenant(await session.context(), tenant),
    target,
    mode: columns === undefined ? mode : 'columns',
  });
}

/** What a restore and a revert have in common: which rows, for whom and why. */
export async function selectionOf(session: Session, options: SelectionOptions): Promise<Record<string, unknown>> {
  const oneTable = () => {
    const [table, ...others] = options.table ?? [];
    if (table === undefined || others.length > 0)
      throw usage('--rows, --keys and --columns require exactly one --table.', 'Name the table they apply to.');
    return table;
  };
  const { rows, keys: chosen, columns } = options;
  return {
    withChildren: options.withChildren ?? false,
    tables: options.table ?? [],
    components: options.component ?? [],
    ...(options.exclude === undefined ? {} : { exclude: options.exclude }),
    rows: rows === undefined ? {} : { [oneTable()]: rows },
    keys: chosen === undefined ? {} : { [oneTable()]: chosen },
    columns: columns === undefined ? {} : { [oneTable()]: columns },
    ...(options.overwrite && { overwrite: true }),
    requestedBy: await session.user(),
    reason: options.reason ?? '',
    samples: options.samples ?? 3,
  };
}

/** On AWS a function finds the positions: operators may not read the log. */
async function mergeAsked(
  session: Session,
  tenant: string,
  { target, keep, request }: Parameters<typeof mergeRequest>[2],
): Promise<RestoreRequest> {
  if (!session.remote) {
    const ctx = await session.context();
    return mergeRequest(ctx, await spellTenant(ctx, tenant), { target, keep, request });
  }
  const id = tenantId(tenant);
  const question = { ask: 'merge' as const, target, keep: [...keep] };
  return requestAt(id, request, await investigated<'merge'>(session, refOf(await session.deps(), id), question));
}

/** For work on this machine alone. InputError `usage` for an installation on AWS. */
export async function contextHere(session: Session): Promise<Context> {
  if (!session.remote) return session.context();
  throw usage('This needs the database.', 'Run it where the database can be reached, with --direct.');
}

/** `public.users.email={}-{tenant}`: table, column and template. */
export function mapping(
  text: string,
  before: [table: string, column: string, template: string][] = [],
): [table: string, column: string, template: string][] {
  const match = /^(.+)\.("(?:[^"]|"")+"|[^.="]+)=(.+)$/.exec(text);
  if (!match)
    throw new InvalidArgumentError('Must be TABLE.COLUMN=TEMPLATE, for example public.users.email={}-{tenant}.');
  const [, table, column, template] = match;
  const name = column!.startsWith('"') ? column!.slice(1, -1).replaceAll('""', '"') : column!;
  return [...before, [table!, name, template!]];
}

function mappedBy(rules: readonly (readonly [string, string, string])[]): Record<string, Record<string, string>> {
  const mapped: Record<string, Record<string, string>> = {};
  for (const [table, column, template] of rules) mapped[table] = { ...mapped[table], [column]: template };
  return mapped;
}

export function whole(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 0) throw new InvalidArgumentError('Must be a non-negative integer.');
  return value;
}

export function append(text: string, before: string[] = []): string[] {
  return [...before, text];
}

function list(text: string): string[] {
  return text.split(',').map(part => part.trim());
}

/** Text of one-column keys, or JSON for composite ones; each key a list of its columns' texts. */
export function keys(text: string): string[][] {
  if (!text.trim().startsWith('[')) return list(text).map(value => [value]);
  try {
    const parsed: unknown = JSON.parse(text);
    if (Array.isArray(parsed)) return parsed.map(key => (Array.isArray(key) ? key : [key]).map(String));
  } catch {
    // Refused below.
  }
  throw new InvalidArgumentError('Must be 17,18 or JSON: [["a",1],["b",2]].');
}

function usage(message: string, hint: string): InputError {
  return new InputError('usage', message, { hint });
}
