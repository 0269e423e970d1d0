/**
 * Proves a snapshot by restoring it into scratch: every chunk's digest, and per table the row count and the checksum
 * that the database itself computed inside the snapshot. Rows recorded as erased since are in the scratch schema for
 * the comparison only.
 */
import { IntegrityError } from '../../domain/errors.ts';
import { SnapshotBody } from '../../domain/snapshot-body.ts';
import type { TenantId } from '../../domain/tenant.ts';
import type { Source } from '../../postgres/connection.ts';
import { serverVersion, stagedSum } from '../../postgres/staging/staged-checksum.ts';
import type { Staging } from '../../postgres/staging/staging.ts';
import type { BackupItem } from '../catalog/catalog-index.ts';
import { type Context, refOf } from '../context.ts';
import { planRestore } from '../restore/plan/plan-restore.ts';
import { beginStaging, type StagingRef } from '../restore/stage/stage-restore.ts';
import { readManifest } from '../storage/manifest-store.ts';
import { type ProofCall, whenStaged } from './when-staged.ts';

interface ProvedTable {
  readonly table: string;
  readonly rows: number;
  readonly checksum: string;
}

export interface ProvedSnapshot {
  readonly tables: readonly ProvedTable[];
  readonly rows: number;
  /** Major versions of the server that was backed up and of the one that compared. Checksums are comparable across them. */
  readonly versions: { readonly backup: number; readonly here: number };
  readonly notes: readonly string[];
}

/** Starts staging the snapshot as it was taken. */
export async function stageSnapshot(
  ctx: Context,
  tenant: TenantId,
  item: BackupItem,
  into: Source,
): Promise<StagingRef> {
  const planned = await planRestore(ctx, tenant, { kind: 'snapshot', backup: item.id });
  return beginStaging({ ...planned, erasures: [] }, into, { planMs: 0 });
}

/** Undefined where the time is used up. IntegrityError `verification-failed` and those of the objects read. */
export async function proveSnapshot(
  ctx: Context,
  item: BackupItem,
  staged: StagingRef,
  call: ProofCall,
): Promise<ProvedSnapshot | undefined> {
  return whenStaged(ctx, staged, call, async ({ staging }) => {
    const expect = { tenant: refOf(ctx, call.tenant), kind: 'snapshot', sha256: item.sha256 } as const;
    const { body } = await readManifest(ctx, item.key, SnapshotBody, expect);
    const tables = await compareTables(staging, body, item);
    const here = Math.floor((await serverVersion(call.into)) / 10_000);
    const backup = Math.floor(body.server.version / 10_000);
    const differ = `The backup is from PostgreSQL ${backup} and was compared on ${here}: row checksums are the same on both.`;
    return {
      tables,
      rows: tables.reduce((sum, table) => sum + table.rows, 0),
      versions: { backup, here },
      notes: [...staging.notes, ...(here === backup ? [] : [differ])],
    };
  });
}

/**
 * IntegrityError `verification-failed` for the first table that differs from the count and checksum of the database.
 */
async function compareTables(
  staging: Pick<Staging, 'source' | 'schema' | 'tables'>,
  body: SnapshotBody,
  item: BackupItem,
): Promise<ProvedTable[]> {
  const tables: ProvedTable[] = [];
  for (const table of staging.tables) {
    const stored = body.tables.find(candidate => candidate.table === table.table);
    if (!stored) continue;
    const { rows, checksum } = await stagedSum(staging, table, stored.columns);
    if (rows !== stored.rows || checksum !== stored.checksum) {
      throw new IntegrityError(
        'verification-failed',
        `${table.table} of backup ${item.id} does not match the count and the checksum that the database computed.`,
        {
          hint: 'Take a new full snapshot (--full-read) and keep this backup for inspection.',
          details: {
            object: item.key,
            table: table.table,
            rows,
            expectedRows: stored.rows,
            sameChecksum: checksum === stored.checksum,
          },
        },
      );
    }
    tables.push({ table: table.table, rows, checksum });
  }
  return tables;
}
