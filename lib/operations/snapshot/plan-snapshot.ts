/**
 * First of the three steps of a snapshot (plan-snapshot ─▶ read-part, each until it is done ─▶ commit-snapshot):
 * decides once what is read and what is reused, and stores that sealed in the vault, so that any process can continue.
 * Only references and counts pass between the steps. take-snapshot.ts runs the same steps in one process.
 */
import type { PlannedSnapshot } from '../../domain/snapshot-parts.ts';
import { findTenant } from '../../postgres/catalogs/tenant-list.ts';
import { withConnection } from '../../postgres/connection.ts';
import { refuseDuringRestore } from '../catalog/tenant-turn.ts';
import { type Context, refOf } from '../context.ts';
import { type AwaitedRoom, awaitRoom, lookAtLoad } from './await-room.ts';
import { storePlan } from './kept-run.ts';
import { makePlan, type PlanRequest } from './snapshot-plan.ts';
import { openSession } from './snapshot-session.ts';

/** Makes and stores the plan, once the database has room (`onRoom`: how long that took). Throws InputError `unknown-tenant`, SourceError (`tenant-in-restore`, …). */
export async function planSnapshot(
  ctx: Context,
  request: PlanRequest,
  onRoom: (awaited: AwaitedRoom) => void = () => {},
): Promise<PlannedSnapshot> {
  return withConnection(ctx.source, 'snapshot plan', async connection => {
    onRoom(await awaitRoom(ctx, ctx.settings.load, () => lookAtLoad(ctx, connection)));
    await refuseDuringRestore(ctx, refOf(ctx, request.tenant));
    const session = await openSession(ctx, connection);
    await findTenant(connection, session.model, session.schemas, request.tenant);
    const { plan } = await makePlan(ctx, session, connection, request);
    await storePlan(ctx, plan);
    const ref = { tenant: plan.tenant, backup: plan.backup };
    const kept = plan.tables.flatMap(table =>
      table.layout.map(place => ('keep' in place ? place.keep[1] - place.keep[0] : 0)),
    );
    return {
      ...ref,
      parts: plan.parts.map((_, part) => ({ ...ref, part })),
      kept: kept.reduce((sum, count) => sum + count, 0),
    };
  });
}
