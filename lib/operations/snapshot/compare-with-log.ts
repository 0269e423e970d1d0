/**
 * Compares what was read with the change log: finds chunks that should equal the base and do not, in a full read or
 * among the few that every snapshot checks. What was read is correct; the log (or the base) is not, and must not be
 * used unnoticed. Invariant: a chunk is reported only when the log up to the moment at which it was read has no change
 * in it either; where the rest of its table was reused, the table is suspect until it is read again.
 */
import { IntegrityError } from '../../domain/errors.ts';
import { parseLsn } from '../../domain/lsn.ts';
import type { PartState, SnapshotPlan } from '../../domain/snapshot-parts.ts';
import type { TableName } from '../../domain/table-schema.ts';
import type { TenantRef } from '../../domain/tenant.ts';
import { withConnection } from '../../postgres/connection.ts';
import { emitMessage } from '../../postgres/log/replication-slot.ts';
import { lastLiveProof } from '../catalog/live-proof.ts';
import type { Context } from '../context.ts';
import type { ReachLog } from '../log/await-shipper.ts';
import type { HoldfastMessage } from '../log/route-events.ts';
import { type SnapshotBase, snapshotsOf } from './snapshot-base.ts';
import { changedChunks, judgeChanges } from './snapshot-changes.ts';
import type { Planned } from './snapshot-plan.ts';

/** The plan of a snapshot and its base. */
export interface ComparedSnapshot extends Pick<Planned, 'plan' | 'base'> {
  /** The tenant's tables in the database; read only where something differs. */
  readonly readTables: () => Promise<Planned['tables']>;
}

/** Chunks of the base, by table. */
type Broken = Map<string, number[]>;

/**
 * Compares; raises an alarm and throws IntegrityError `log-mismatch` where the log was wrong. The log must reach the
 * moment of reading first (`reach`); where that is not possible, the suspicion is reported and nothing is thrown.
 */
export async function compareWithLog(
  ctx: Context,
  { plan, base, readTables }: ComparedSnapshot,
  states: readonly PartState[],
  reach: ReachLog,
): Promise<void> {
  if (!base) return;
  const broken = differingChunks(states);
  if (broken.size === 0) return;
  const readAt = states.flatMap(state => state.views.map(view => parseLsn(view.to))).reduce((a, b) => (a > b ? a : b));
  const busy = await reach(ctx, readAt);
  const tables = await readTables();
  const reached = await withConnection(ctx.source, 'snapshot comparison', async connection => {
    const now = { shapes: [...tables.values()], types: plan.schema.types };
    const later = await judgeChanges(ctx, connection, plan.tenant, base, now);
    if (!later || parseLsn(later.lsn) < readAt) return false;
    for (const [name, chunks] of broken) {
      const touched = await changedChunks(connection, tables.get(name)!, base, later);
      broken.set(name, touched === 'all' ? [] : chunks.filter(chunk => !touched.has(chunk)));
    }
    return true;
  });
  if (!reached) return undecided(ctx, plan.tenant, busy);
  const counts = [...broken].flatMap(([table, chunks]) =>
    chunks.length > 0 ? [{ table, chunks: chunks.length }] : [],
  );
  if (counts.length === 0) return;
  const error = logMismatch(plan, counts);
  await ctx.notifier.notify({
    severity: 'alarm',
    code: error.code,
    message: error.message,
    details: { ...error.details },
  });
  const suspect = counts.map(({ table }) => table);
  if (plan.read === 'changed') await sendDiffering(ctx, plan.tenant, suspect, base);
  throw error;
}

/**
 * The shipper records it in its signed manifest. The change may be as old as the chunk: its rows were last seen at a
 * full read, or at a comparison with the live rows.
 */
async function sendDiffering(ctx: Context, tenant: TenantRef, tables: TableName[], base: SnapshotBase): Promise<void> {
  const read = (await snapshotsOf(ctx, tenant)).findLast(item => item.read === 'full') ?? base.stored.header;
  const proof = await lastLiveProof(ctx, tenant);
  const later = proof?.ok && parseLsn(proof.lsn) > parseLsn(read.to);
  const since = later ? { from: proof.lsn, fromTime: proof.at } : { from: read.to, fromTime: read.toTime };
  await withConnection(ctx.source, 'snapshot comparison', connection =>
    emitMessage(connection, { kind: 'differs', tenant, tables, ...since } satisfies HoldfastMessage),
  );
}

function differingChunks(states: readonly PartState[]): Broken {
  const broken: Broken = new Map();
  for (const { table, chunk } of states.flatMap(state => state.differing))
    broken.set(table, [...(broken.get(table) ?? []), chunk]);
  return broken;
}

async function undecided(ctx: Context, tenant: string, code: string | undefined): Promise<void> {
  await ctx.notifier.notify({
    severity: 'info',
    code: 'log-comparison-undecided',
    message:
      'A full read differs from the last snapshot where the log shows no change yet; the log did not reach that moment.',
    details: { tenant, reason: code ?? 'log-incomplete' },
  });
}

function logMismatch(
  { backup, read }: Pick<SnapshotPlan, 'backup' | 'read'>,
  counts: readonly { table: string; chunks: number }[],
): IntegrityError {
  const tables = counts.map(({ table, chunks }) => `${table} (${chunks})`).join(', ');
  return new IntegrityError(
    'log-mismatch',
    `Rows changed that are unchanged according to the change log: chunks of ${tables}.`,
    {
      hint:
        read === 'full'
          ? `The snapshot ${backup} was read in full and is correct. Do not trust restores from older snapshots of this tenant over that stretch; look for changes that bypass logical decoding.`
          : 'These tables are suspect until they are read again, which the next run of the shipper requests. Look for changes that bypass logical decoding.',
      details: { backup, tables: counts },
    },
  );
}
