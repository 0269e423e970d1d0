/**
 * `holdfast find`: when there was last a row like this, and what became of it. PostgreSQL evaluates the predicate over
 * every version of the table's rows in the range (stage-versions.ts), so it means what it means everywhere else.
 */
import { formatLsn } from '../../domain/lsn.ts';
import type { FoundRow, FoundRows, RowFate } from '../../domain/row-life.ts';
import { tellingColumns } from '../../domain/telling-columns.ts';
import type { TenantId } from '../../domain/tenant.ts';
import { type KeyTexts, VersionReads } from '../../postgres/versions/version-reads.ts';
import { type SoughtRow, searchVersions } from '../../postgres/versions/version-search.ts';
import type { Context } from '../context.ts';
import { findOwned } from '../restore/plan/select-rows.ts';
import { changesBetween } from './row-history.ts';
import { stageVersions, type VersionRange } from './stage-versions.ts';
import { conditionOf, tryOnLive } from './try-condition.ts';

export interface FindRequest extends VersionRange {
  readonly predicate: string;
  /** Only rows that are gone. */
  readonly deleted: boolean;
  /** Rows to list. */
  readonly limit: number;
}

/** InputError `bad-predicate`, `bad-range`, `unknown-table`, `unknown-tenant`; TargetError; IntegrityError; SourceError. */
export async function findRows(ctx: Context, tenant: TenantId, asked: FindRequest): Promise<FoundRows> {
  await tryOnLive(ctx, findOwned(ctx.model, asked.table), asked);
  const versions = await stageVersions(ctx, tenant, asked);
  try {
    const { tables, types, table, from, to, notes } = versions;
    const { stage } = tables;
    const columns = tellingColumns(stage.schema, stage.owned).filter(name => stage.column(name));
    const { predicate, deleted, limit } = asked;
    const condition = conditionOf(stage.schema, stage.owned, { predicate }, types);
    const found = await searchVersions(tables, { condition, gone: deleted, limit, columns });
    const reads = new VersionReads(tables);
    const rows: FoundRow[] = [];
    for (const row of found.rows.slice(0, limit)) rows.push(await described(reads, row, columns));
    return {
      ...{ table, rows, notes, counts: found.counts, more: found.rows.length > limit },
      from: { lsn: formatLsn(from.lsn), time: from.time },
      to: { lsn: formatLsn(to.lsn), time: to.time },
    };
  } finally {
    await versions.drop();
  }
}

async function described(reads: VersionReads, row: SoughtRow, columns: readonly string[]): Promise<FoundRow> {
  const named = (key: KeyTexts) => Object.fromEntries(reads.key.map((name, index) => [name, key[index] ?? null]));
  const fate = fateOf(row);
  const changes = fate === 'changed' ? await changesOf(reads, row) : undefined;
  return {
    key: named(row.key),
    columns: Object.fromEntries(columns.map((name, index) => [name, row.values[index] ?? null])),
    ...{ fate, ended: row.transaction, gone: row.gone },
    ...(changes && { changes }),
    ...(row.movedTo && { keyNow: named(row.movedTo) }),
  };
}

function fateOf({ kind, stays, movedTo }: SoughtRow): RowFate {
  if (kind === 'live') return 'live';
  if (stays || movedTo) return 'changed';
  return ({ put: 'left', left: 'left', truncate: 'truncated', delete: 'deleted' } as const)[kind];
}

/** What the transaction changed that ended it. */
async function changesOf(reads: VersionReads, { key, number, movedTo }: SoughtRow): Promise<FoundRow['changes']> {
  const event = await reads.at(key, number!);
  const after = await reads.after(movedTo ?? key, number!);
  return event?.before && after ? changesBetween(reads.columns, event.before, after) : undefined;
}
