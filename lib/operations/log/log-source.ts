/**
 * Where the log of a run starts: the shipper's lock, the state of the publication, the server's history, the slot, and
 * the catalog. Invariant: the log continues exactly where the newest run of the same server ended, or the run records a gap.
 */

import { SourceError } from '../../domain/errors.ts';
import type { GapEntry } from '../../domain/log-manifest.ts';
import { formatLsn, type Lsn, parseLsn } from '../../domain/lsn.ts';
import type { ServerInfo } from '../../domain/manifest.ts';
import { newId } from '../../domain/new-id.ts';
import { positionIn, type SourceIdentity } from '../../domain/source-epoch.ts';
import type { TableName, TableSchema } from '../../domain/table-schema.ts';
import { SYSTEM } from '../../domain/tenant.ts';
import { ownedTables } from '../../domain/tenant-model.ts';
import { readSchema, readServerInfo } from '../../postgres/catalogs/catalog-discovery.ts';
import { readDeferrableKeys } from '../../postgres/catalogs/catalog-keys.ts';
import type { Connection } from '../../postgres/connection.ts';
import { tryLock } from '../../postgres/locks.ts';
import { checkPublication, publicationState } from '../../postgres/log/publication.ts';
import {
  confirmSlot,
  createSlot,
  dropSlot,
  flushedPosition,
  serverClock,
  slotState,
} from '../../postgres/log/replication-slot.ts';
import { readSourceIdentity } from '../../postgres/server/source-identity.ts';
import type { RunItem } from '../catalog/catalog-index.ts';
import { sourceReplaced } from '../catalog/current-source.ts';
import { epochOfRun } from '../catalog/log-items.ts';
import type { Context } from '../context.ts';
import { readFitness } from '../model/table-fitness.ts';
import { adoptRuns } from './log-run.ts';
import { leadsToEnd } from './prove-confirmed.ts';
import { repairIdentities } from './repair-identities.ts';
import { beginningOf, continuedBy } from './source-history.ts';
import { unclearTables } from './unclear-tables.ts';

export interface LogSource {
  readonly server: ServerInfo;
  readonly tables: TableSchema[];
  /** Tables with changes that cannot be replayed as the tables are now, and why. */
  readonly unprotected: ReadonlyMap<TableName, string>;
  /** Those that doctor --fix can protect. */
  readonly mendable: readonly TableName[];
  /** Key columns of tables with a deferrable key. */
  readonly deferrableKeys: ReadonlyMap<TableName, readonly string[]>;
  /** Of these, tables with ambiguous tenant names: their changes are routed to no tenant. */
  readonly unclear: ReadonlyMap<TableName, string>;
}

export interface LogStart {
  /** Its source epoch is that of the run. */
  readonly from: Lsn;
  readonly fromTime: string;
  /** The newest run, which the next one names. */
  readonly latest: RunItem | undefined;
  /** The same where it was written from the same server: what it says about transactions and tables still holds. */
  readonly since: RunItem | undefined;
  readonly identity: SourceIdentity;
  readonly gaps: GapEntry[];
}

/** One shipper at a time: held until the connection ends. Throws SourceError `slot-busy`. */
export async function lockShipper(connection: Connection, slot: string): Promise<void> {
  if (await tryLock(connection, 'ship', slot)) return;
  throw new SourceError('slot-busy', `Another process is shipping the log of slot ${slot}.`, {
    hint: 'Only one shipper runs at a time: wait for the other one, or stop it.',
  });
}

/**
 * Repairs at once what makes statements of the application fail, and then looks at what concerns all tables: before a
 * slot is created. Throws SourceError `publication-missing`, `publication-unfit`.
 */
export async function prepareSource(ctx: Context, connection: Connection): Promise<void> {
  await repairIdentities(ctx, connection);
  checkPublication(ctx.publication, await publicationState(connection, ctx.publication, []));
}

/** Reads the tables' definitions, and finds those that the log cannot follow. Throws as prepareSource() does. */
export async function readLogSource(ctx: Context, connection: Connection): Promise<LogSource> {
  const owned = ownedTables(ctx.model).map(table => table.table);
  const { tables } = await readSchema(connection, owned);
  const { fit, unfit, unready } = await readFitness(connection, ctx.publication, tables);
  const state = await publicationState(connection, ctx.publication, fit);
  checkPublication(ctx.publication, state);
  const unclear = unclearTables(ctx.model, tables);
  const found = new Set(tables.map(table => table.table));
  const mendable = [...unready.keys(), ...state.missing, ...state.filtered];
  const unprotected = new Map([
    ...owned.filter(table => !found.has(table)).map(table => [table, 'it does not exist'] as const),
    ...unclear,
    ...unfit,
    ...unready,
    ...state.missing.map(table => [table, 'the publication does not include it'] as const),
    ...state.filtered.map(
      table => [table, 'the publication filters its rows or columns, or publishes generated columns'] as const,
    ),
  ]);
  const deferrableKeys = await readDeferrableKeys(connection, tables);
  return { server: await readServerInfo(connection), tables, unprotected, mendable, deferrableKeys, unclear };
}

/**
 * Creates the slot where there is none, adopts what a crashed run left, and confirms what is already durable. Throws
 * SourceError `source-replaced` and `position-behind` for a server that does not have the log's WAL, and creates no slot
 * there: it would lie before the log's end, and once the WAL had passed that, the log would continue as if nothing were
 * missing.
 */
export async function startOfLog(ctx: Context, connection: Connection): Promise<LogStart> {
  const server = await readSourceIdentity(connection);
  const flushed = await flushedPosition(connection);
  const latest = await adoptRuns(ctx, listed => positionIn(listed, flushed));
  const epoch = latest === undefined ? 0 : epochOfRun(latest);
  const end = positionIn(epoch, flushed);
  const identity = await (latest ? continuedBy(ctx, server, latest, end) : beginningOf(ctx, server, epoch));
  const last = latest && parseLsn(latest.to);
  const state = await slotState(connection, ctx.slot);
  if (state.status === 'lost') await dropSlot(connection, ctx.slot);
  const wal = state.status === 'ready' ? state.confirmed : await createSlot(connection, ctx.slot);
  const confirmed = positionIn(epoch, wal);
  // After creating the slot: a gap ends no earlier than the slot begins.
  const now = await serverClock(connection);
  const start = { latest, since: latest, identity };
  // A slot that was just created has read nothing: it cannot lead from the log's end.
  if (last === undefined || state.status !== 'ready' || confirmed > last) {
    const gap = gapBefore(ctx, { position: confirmed, time: now }, latest, latest ? 'slot-lost' : 'slot-created');
    return { ...start, from: confirmed, fromTime: now, gaps: [gap] };
  }
  if (confirmed < last) {
    if (!(await leadsToEnd(ctx, confirmed, latest!))) throw sourceReplaced(identity, latest!);
    await confirmSlot(connection, ctx.slot, last);
  }
  return { ...start, from: last, fromTime: latest!.toTime, gaps: [] };
}

/** Of everything between the newest run and the position where the log begins again. */
export function gapBefore(
  ctx: Context,
  start: { readonly position: Lsn; readonly time: string },
  latest: RunItem | undefined,
  reason: GapEntry['reason'],
): GapEntry {
  const begin = formatLsn(start.position);
  return {
    tenant: SYSTEM,
    id: newId(ctx),
    from: latest?.to ?? begin,
    fromTime: latest?.toTime ?? start.time,
    to: begin,
    toTime: start.time,
    reason,
  };
}
