/**
 * At which positions of the log a revert works: those of the named transactions, or of those that the application named,
 * with the tables that they changed. Reads the log alone, so that an installation can answer it for somebody who may not
 * read rows (investigate.ts).
 */
import { parseMessage, type Relation, TAG, type Truncate } from '../../../codec/pgoutput.ts';
import { isRow, relationOf } from '../../../codec/row-change.ts';
import { isReachable } from '../../../domain/backup-chain.ts';
import { InputError, TargetError } from '../../../domain/errors.ts';
import { formatLsn, type Lsn, lsn, parseLsn } from '../../../domain/lsn.ts';
import { formatTarget, parseTarget } from '../../../domain/recovery-target.ts';
import { REVERTED_TRANSACTIONS, type Reverts } from '../../../domain/restore-request.ts';
import type { TableName } from '../../../domain/table-schema.ts';
import type { TenantRef } from '../../../domain/tenant.ts';
import { parseContextFilter } from '../../../domain/transaction-context.ts';
import type { Deps } from '../../../ports.ts';
import { parseTableName } from '../../../postgres/sql.ts';
import { type RecoveryMaterial, recoveryMaterial } from '../../catalog/recovery-material.ts';
import { relationName } from '../../log/describe-changes.ts';
import { logIncomplete } from '../../log/log-run.ts';
import type { LoggedRunsDeps } from '../../log/logged-runs.ts';
import { loggedRange } from '../../log/read-activity.ts';
import { mergedLog } from '../../log/read-log.ts';
import { searchTransactions } from '../../log/search-transactions.ts';
import { cannotRevert } from '../stage/cannot-revert.ts';
import { namedCommit } from '../target/find-transaction.ts';
import { resolveTarget } from '../target/resolve-target.ts';

/** What the log is read with. */
export type LogDeps = LoggedRunsDeps & Pick<Deps, 'clock'>;

export interface AskedPositions {
  /** Transaction ids, or positions of commits. */
  readonly transactions: readonly string[];
  /** `key = value`: every transaction with such a context. */
  readonly context?: string | undefined;
  /** Exact targets between which transactions are looked for by context; absent: the whole window. */
  readonly from?: string | undefined;
  readonly to?: string | undefined;
  /** The tables to revert. Empty: those that the transactions changed. */
  readonly tables: readonly string[];
  /** Live names of tables by oid; absent where the database is not reached: names are those of the log. */
  readonly liveNames?: ReadonlyMap<number, TableName> | undefined;
}

/** Of a restore request in mode merge. */
export interface RevertPositions {
  readonly target: string;
  readonly reverts: Reverts;
}

/** InputError `bad-transaction`, `bad-context-filter`, `nothing-selected`, `bad-request`; TargetError; IntegrityError. */
export async function revertPositions(
  deps: LogDeps,
  tenant: TenantRef,
  asked: AskedPositions,
): Promise<RevertPositions & { readonly tables: readonly string[] }> {
  const at = await recoveryMaterial(deps, tenant);
  const named = await Promise.all(asked.transactions.map(text => commitOf(deps, at, text)));
  const matching = asked.context === undefined ? [] : await withContext(deps, at, asked.context, asked);
  const commits = [...new Set([...named, ...matching])].sort((a, b) => (a < b ? -1 : 1));
  if (commits.length === 0)
    throw new InputError('nothing-selected', 'No transaction of this tenant has such a context there.', {
      hint: 'List them: `holdfast transactions TENANT`. A context is known from its transaction’s shipping on.',
    });
  if (commits.length > REVERTED_TRANSACTIONS) throw tooMany();
  const { tables } = asked;
  return {
    target: formatTarget({ kind: 'lsn', lsn: lsn(commits[0]! - 1n), named: true }),
    tables: tables.length > 0 ? tables : await touchedTables(deps, at, commits, asked.liveNames),
    reverts: { until: formatLsn(commits.at(-1)!), only: commits.map(commit => formatLsn(commit)) },
  };
}

/** Of taking back everything since the target but the named transactions. Throws what revertPositions throws. */
export async function mergePositions(
  deps: LogDeps,
  tenant: TenantRef,
  asked: { readonly target: string; readonly keep: readonly string[] },
): Promise<RevertPositions> {
  const at = await recoveryMaterial(deps, tenant);
  const target = parseTarget(asked.target, { now: deps.clock.now(), timeZone: 'UTC' });
  const since = await resolveTarget(deps, at, target);
  const until = (await resolveTarget(deps, at, { kind: 'latest' })).lsn;
  const kept = await Promise.all(asked.keep.map(text => commitOf(deps, at, text)));
  return {
    target: formatTarget({ kind: 'lsn', lsn: since.lsn, named: true }),
    reverts: {
      until: formatLsn(until),
      ...(kept.length > 0 && { except: kept.sort((a, b) => (a < b ? -1 : 1)).map(commit => formatLsn(commit)) }),
    },
  };
}

async function commitOf(deps: LogDeps, at: RecoveryMaterial, text: string): Promise<Lsn> {
  const position = await namedCommit(deps, at, text);
  const logged = isReachable(at.window, position) ? mergedLog(deps, at.tenant, position, position) : [];
  for await (const { commitLsn } of logged) if (commitLsn === position) return position;
  throw new TargetError('unknown-transaction', `No transaction of this tenant committed at ${formatLsn(position)}.`, {
    hint: 'List them: `holdfast transactions TENANT`.',
  });
}

async function withContext(
  deps: LogDeps,
  at: RecoveryMaterial,
  filter: string,
  { from, to }: AskedPositions,
): Promise<Lsn[]> {
  const matches = parseContextFilter(filter);
  const stretch = at.window.stretches.at(-1);
  if (!stretch) return [];
  const bound = async (text: string | undefined) =>
    text === undefined
      ? undefined
      : (await resolveTarget(deps, at, parseTarget(text, { now: deps.clock.now(), timeZone: 'UTC' }))).lsn;
  const [first, last] = [(await bound(from)) ?? stretch.from.lsn, (await bound(to)) ?? stretch.to.lsn];
  const bounds = { from: first, to: last };
  const { runs, holes } = await loggedRange(deps, at.tenant, at.runs, bounds);
  // A transaction that cannot be looked at may be one of them.
  if (holes.length > 0) throw logIncomplete('a part of the range is not in it', { holes });
  const { transactions, more } = await searchTransactions(deps, at.tenant, runs, {
    ...{ bounds, filter: { counts: {}, context: matches }, sort: 'time', limit: REVERTED_TRANSACTIONS, unrouted: true },
  });
  if (more) throw tooMany();
  return transactions.map(transaction => parseLsn(transaction.lsn));
}

function tooMany(): InputError {
  return new InputError('bad-request', `One revert takes back at most ${REVERTED_TRANSACTIONS} transactions.`, {
    hint: 'Name a shorter range with --from and --to, or take everything since a moment back: `holdfast restore TENANT --mode merge --to MOMENT`.',
  });
}

/** Names of the tables that these transactions changed. */
async function touchedTables(
  deps: LogDeps,
  at: RecoveryMaterial,
  commits: readonly Lsn[],
  liveNames: AskedPositions['liveNames'],
): Promise<TableName[]> {
  const wanted = new Set<Lsn>(commits);
  const relations = { own: new Map<number, Relation>(), system: new Map<number, Relation>() };
  const touched = new Map<number, Relation | undefined>();
  for await (const { commitLsn, frames } of mergedLog(deps, at.tenant, commits[0]!, commits.at(-1)!)) {
    for (const { message, log } of frames) {
      const known = relations[log];
      noteRelation(known, message);
      const oids = wanted.has(commitLsn) ? tablesOf(message) : [];
      for (const oid of oids) touched.set(oid, known.get(oid));
    }
  }
  return [...touched].map(([oid, relation]) => nameOfTable(oid, relation, liveNames));
}

/**
 * By oid a table is found that was renamed since; by name, one on a server that the database moved to. Where the two say
 * different tables, nobody knows which is meant.
 */
function nameOfTable(oid: number, relation: Relation | undefined, liveNames: AskedPositions['liveNames']): TableName {
  const named = relation && [...(liveNames?.values() ?? [])].find(table => isNamed(table, relation));
  const numbered = liveNames?.get(oid);
  if (named !== undefined && numbered !== undefined && named !== numbered)
    throw cannotRevert(`${named} could be ${numbered} now`, named);
  const table = liveNames ? (named ?? numbered) : relation && relationName(relation);
  if (table !== undefined) return table;
  throw new InputError('cannot-revert', `The database no longer has the table ${relation?.name ?? oid}.`, {
    hint: 'Name the tables to revert with --table, or restore the table side by side.',
  });
}

function isNamed(table: TableName, { schema, name }: Relation): boolean {
  const parts = parseTableName(table);
  return parts.schema === schema && parts.table === name;
}

function noteRelation(known: Map<number, Relation>, message: Buffer): void {
  if (message[0] !== TAG.relation) return;
  const relation = parseMessage(message) as Relation;
  known.set(relation.oid, relation);
}

/** Oids of the tables of a change. */
function tablesOf(message: Buffer): readonly number[] {
  if (message[0] === TAG.truncate) return (parseMessage(message) as Truncate).oids;
  return isRow(message[0]!) ? [relationOf(message, 0)] : [];
}
