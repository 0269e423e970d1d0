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

const WAYS = ['revert', 'missing-only', 'tables', 'everything'] as const;
export type WayName = (typeof WAYS)[number];

export interface WayBack {
  readonly way: WayName;
  /** Absent where the request itself could not be made. */
  readonly request?: RestoreRequest;
  /** Without row values. Absent where it is not made before a way is chosen. */
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

/** Where the ways are made. */
export interface WayMaker {
  /** The request that takes the transaction back, with these facts about it. */
  revert(facts: Readonly<Record<string, unknown>>): Promise<RestoreRequest>;
  /** What a request would change. Absent: that is found out for the chosen way alone. */
  preview?(request: RestoreRequest): Promise<Preview>;
}

/** With the database: every way with its preview. */
export function waysHere(ctx: Context, { tenant, position }: FromTransaction): WayMaker {
  return {
    async revert(request) {
      const liveNames = await liveTableNames(ctx);
      return revertRequest(ctx, tenant, { transactions: [formatLsn(position)], liveNames, request });
    },
    preview: request => previewTenant(ctx, request),
  };
}

/** One after the other, so that each can be shown when it is known. IntegrityError ends it; other refusals are results. */
export async function* waysBack(from: FromTransaction, maker: WayMaker): AsyncGenerator<WayBack> {
  for (const way of WAYS) yield await wayOf(from, way, maker);
}

async function wayOf(from: FromTransaction, way: WayName, maker: WayMaker): Promise<WayBack> {
  let request: RestoreRequest | undefined;
  try {
    request = await requestOfWay(from, way, maker);
    const preview = await maker.preview?.(request);
    return { way, request, ...(preview && { preview }) };
  } catch (error) {
    if (!(error instanceof HoldfastError) || error.kind === 'integrity') throw error;
    return { way, ...(request && { request }), refused: { code: error.code, message: error.message } };
  }
}

async function requestOfWay(from: FromTransaction, way: WayName, maker: WayMaker): Promise<RestoreRequest> {
  const { tenant, position, tables, requestedBy, reason } = from;
  const facts = { requestedBy, reason, samples: 0 };
  if (way === 'revert') return maker.revert(facts);
  const before = formatTarget({ kind: 'lsn', lsn: lsn(position - 1n), named: true });
  return parseRestoreRequest({
    ...{ ...facts, tenant, target: before, mode: way === 'missing-only' ? way : 'exact' },
    tables: way === 'everything' ? [] : tables,
  });
}
