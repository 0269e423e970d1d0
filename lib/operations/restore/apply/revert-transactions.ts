/**
 * `holdfast revert TENANT --transaction XID`: the request that takes back what some transactions did to this tenant and
 * keeps what came later; and that of `restore --mode merge`, which takes back everything since a moment except what is
 * named. Reads the log alone (revert-positions.ts); which rows it concerns, and what became of them, is found when the
 * request is staged.
 */
import { parseRestoreRequest, type RestoreRequest } from '../../../domain/restore-request.ts';
import type { TableName } from '../../../domain/table-schema.ts';
import type { TenantId } from '../../../domain/tenant.ts';
import { readOwnedSchema } from '../../../postgres/catalogs/owned-schema.ts';
import { withConnection } from '../../../postgres/connection.ts';
import { type Context, refOf } from '../../context.ts';
import {
  type AskedPositions,
  type LogDeps,
  mergePositions,
  type RevertPositions,
  revertPositions,
} from './revert-positions.ts';

type RevertDeps = LogDeps & Pick<Context, 'installation'>;

export interface AskedRevert extends Omit<AskedPositions, 'tables'> {
  /** Everything else of the request: tables, rows, keys, who and why. */
  readonly request: Readonly<Record<string, unknown>>;
}

/** For AskedRevert. SourceError. */
export async function liveTableNames(ctx: Pick<Context, 'model' | 'source'>): Promise<Map<number, TableName>> {
  const { tables } = await withConnection(ctx.source, 'revert check', connection => readOwnedSchema(ctx, connection));
  return new Map(tables.map(schema => [schema.oid, schema.table]));
}

/** What revertPositions throws, and InputError `bad-request`. */
export async function revertRequest(ctx: RevertDeps, tenant: TenantId, asked: AskedRevert): Promise<RestoreRequest> {
  const tables = (asked.request.tables as string[] | undefined) ?? [];
  const positions = await revertPositions(ctx, refOf(ctx, tenant), { ...asked, tables });
  return requestAt(tenant, asked.request, positions);
}

/** Takes back everything since the target but the named transactions. Throws what revertRequest throws. */
export async function mergeRequest(
  ctx: RevertDeps,
  tenant: TenantId,
  asked: {
    readonly target: string;
    readonly keep: readonly string[];
    readonly request: Readonly<Record<string, unknown>>;
  },
): Promise<RestoreRequest> {
  return requestAt(tenant, asked.request, await mergePositions(ctx, refOf(ctx, tenant), asked));
}

/** The request that takes back at these positions. InputError `bad-request`. */
export function requestAt(
  tenant: TenantId,
  request: Readonly<Record<string, unknown>>,
  positions: RevertPositions,
): RestoreRequest {
  return parseRestoreRequest({ ...request, tenant, mode: 'merge', ...positions });
}
