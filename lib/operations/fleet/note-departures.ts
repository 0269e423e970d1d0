/**
 * Notes that tenants left the database, signed: from then on their share of the log keeps no log of others. Invariant: the
 * position is read after the snapshot in which no row of them was, so that it lies after everything that deleted them; one
 * whose note cannot be written is marked, and keeps its log.
 */
import type { Departure } from '../../domain/departure.ts';
import { HoldfastError } from '../../domain/errors.ts';
import { departureKey } from '../../domain/governance-key.ts';
import { formatLsn, type Lsn } from '../../domain/lsn.ts';
import { retainUntil } from '../../domain/settings.ts';
import { positionIn } from '../../domain/source-epoch.ts';
import type { Connection } from '../../postgres/connection.ts';
import { writtenPosition } from '../../postgres/server/source-identity.ts';
import type { TenantItem } from '../catalog/catalog-index.ts';
import { currentSource } from '../catalog/current-source.ts';
import type { Context } from '../context.ts';
import { putSigned } from '../storage/signed-document.ts';

/** Their items. `connection`: the one that listed the tenants, after that. */
export async function noteDepartures(
  ctx: Context,
  connection: Connection,
  missing: readonly TenantItem[],
): Promise<TenantItem[]> {
  if (missing.length === 0) return [];
  const { epoch } = await currentSource(ctx, connection);
  const position = positionIn(epoch, await writtenPosition(connection));
  const items: TenantItem[] = [];
  for (const item of missing) {
    const isNoted = await noteOne(ctx, item, position);
    const departed = { at: ctx.clock.now().toISOString(), lsn: formatLsn(position) };
    items.push({ ...item, left: true, ...(isNoted && { departed }) });
  }
  return items;
}

async function noteOne(ctx: Context, { ref }: TenantItem, position: Lsn): Promise<boolean> {
  const now = ctx.clock.now();
  const note: Departure = {
    ...{ format: 'holdfast.departure/1', tenant: ref, at: now.toISOString(), lsn: formatLsn(position) },
  };
  try {
    await putSigned(ctx, departureKey(ref, position), note, { retainUntil: retainUntil(ctx.settings, 'record', now) });
    return true;
  } catch (error) {
    if (!(error instanceof HoldfastError)) throw error;
    return error.code === 'object-exists';
  }
}
