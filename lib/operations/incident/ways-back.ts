/**
 * The ways back from a transaction, the smallest first, each with what it would change: taking the transaction back, bringing
 * back only rows that are gone, the tables as they were just before, everything as it was just before. Changes nothing.
 */
import { HoldfastError } from '../../domain/errors.ts';
import { formatLsn, type Lsn, lsn } from '../../domain/lsn.ts';
import type { Preview } from '../../domain/preview.ts';
import { formatTarget } from '../../domain/recovery-target.ts';
import { parseRestoreRequest, type RestoreRequest } from '../../domain/restore-request.ts';
import type { TableName } from '../../domain/table-schema.ts';
import type { TenantId } from '../../domain/tenant.ts';
import type { Context } from '../context.ts';
import { liveTableNames, revertRequest } from '../restore/apply/revert-transactions.ts';
import { previewTenant } from '../restore/apply/run-restore.ts';

export type WayName = 'revert' | 'missing-only' | 'tables' | 'everything';

export interface WayBack {
  readonly way: WayName;
  /** Absent where the request itself could not be made. */
  readonly request?: RestoreRequest;
  /** Without row values. */
  readonly preview?: Preview;
  /** Why it is not possible. */
  readonly refused?: { readonly code: string; readonly message: string };
}

export interface FromTransaction {
  readonly tenant: TenantId;
  /** Of its commit. */
  readonly position: Lsn;
  /** What it changed. */
  readonly tables: readonly TableName[];
  readonly requestedBy: string;
  readonly reason: string;
}

/** One after the other, so that each can be shown when it is known. IntegrityError ends it; other refusals are results. */
export async function* waysBack(ctx: Context, from: FromTransaction): AsyncGenerator<WayBack> {
  for (const way of ['revert', 'missing-only', 'tables', 'everything'] as const) yield await wayOf(ctx, from, way);
}

async function wayOf(ctx: Context, from: FromTransaction, way: WayName): Promise<WayBack> {
  let request: RestoreRequest | undefined;
  try {
    request = await requestOfWay(ctx, from, way);
    return { way, request, preview: await previewTenant(ctx, request) };
  } catch (error) {
    if (!(error instanceof HoldfastError) || error.kind === 'integrity') throw error;
    return { way, ...(request && { request }), refused: { code: error.code, message: error.message } };
  }
}

async function requestOfWay(
  ctx: Context,
  { tenant, position, tables, requestedBy, reason }: FromTransaction,
  way: WayName,
): Promise<RestoreRequest> {
  const facts = { requestedBy, reason, samples: 0 };
  if (way === 'revert') {
    return revertRequest(ctx, tenant, {
      ...{ transactions: [formatLsn(position)], timeZone: 'UTC', request: facts },
      liveNames: await liveTableNames(ctx),
    });
  }
  const before = formatTarget({ kind: 'lsn', lsn: lsn(position - 1n), named: true });
  return parseRestoreRequest({
    ...{ ...facts, tenant, target: before, mode: way === 'missing-only' ? way : 'exact' },
    tables: way === 'everything' ? [] : tables,
  });
}
