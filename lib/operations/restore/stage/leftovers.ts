/**
 * What restores left in the database: staging schemas, with whose rows they hold, and restores that were interrupted around
 * their commit. Removing never touches a schema that a session works with, one of another role, or, unless it is named, one
 * that is kept for a plan.
 */
import { ConflictError, InputError } from '../../../domain/errors.ts';
import { RestorePlan } from '../../../domain/restore-plan.ts';
import { RestoreItem } from '../../../domain/restore-record.ts';
import type { TenantRef } from '../../../domain/tenant.ts';
import { withConnection } from '../../../postgres/connection.ts';
import { dropIdleArea, type LeftoverArea, listStagingAreas } from '../../../postgres/staging/staging-area.ts';
import { readProgress } from '../../../postgres/staging/staging-progress.ts';
import { restores, tenants } from '../../catalog/catalog-index.ts';
import { eachTenant } from '../../catalog/each-tenant.ts';
import type { Context } from '../../context.ts';

export interface StagingLeft extends LeftoverArea {
  /** ISO UTC: when its restore or preview began, from its name. */
  readonly since: string | null;
  readonly tenantId: string | null;
  /** As it was asked for. */
  readonly target: string | null;
}

export interface Leftovers {
  readonly staging: readonly StagingLeft[];
  /** Restores of which it is not known yet whether they committed. */
  readonly interrupted: readonly {
    readonly id: string;
    readonly tenant: TenantRef;
    readonly tenantId: string | null;
  }[];
}

export async function listLeftovers(ctx: Context): Promise<Leftovers> {
  const names = new Map((await tenants.list(ctx.catalog)).map(({ ref, tenantId }) => [ref, tenantId]));
  const staging = await withConnection(ctx.source, 'leftovers', async connection => {
    const found: StagingLeft[] = [];
    for (const area of await listStagingAreas(connection)) {
      const noted =
        area.state === 'foreign' ? undefined : (await readProgress(connection, area.schema, 'plan')).get('plan');
      const { data: plan } = RestorePlan.safeParse(noted === undefined ? undefined : JSON.parse(noted));
      const tenantId = plan === undefined ? null : (names.get(plan.tenant) ?? null);
      found.push({ ...area, since: madeAt(area.schema), tenantId, target: plan?.target.asked ?? null });
    }
    return found;
  });
  const asked = await eachTenant(ctx, 'Looking for interrupted restores', async ({ ref, tenantId }) =>
    (await restores.list(ctx.catalog, ref))
      .map(value => RestoreItem.parse(value))
      .filter(({ state }) => state === 'committing')
      .map(({ id }) => ({ id, tenant: ref, tenantId })),
  );
  return { staging, interrupted: asked.flat() };
}

/** InputError `unknown-staging`; ConflictError `staging-busy`. */
export async function dropStaging(ctx: Pick<Context, 'source'>, schema: string): Promise<void> {
  const state = await dropIdleArea(ctx.source, schema);
  if (state === undefined) return;
  if (state === 'gone') {
    throw new InputError('unknown-staging', `There is no staging schema ${JSON.stringify(schema)}.`, {
      hint: '`holdfast leftovers` lists them.',
    });
  }
  const why = state === 'in use' ? 'a session works with it' : 'another role made it';
  throw new ConflictError('staging-busy', `The schema ${schema} is not removed: ${why}.`, {
    hint: state === 'in use' ? 'Wait until that restore has ended.' : 'The role that made it removes it.',
  });
}

/** From the id in the name: milliseconds in base 36. */
function madeAt(schema: string): string | null {
  const stamp = /^holdfast_stage_([0-9a-z]{9})_[0-9a-z]{8}$/.exec(schema)?.[1];
  return stamp === undefined ? null : new Date(Number.parseInt(stamp, 36)).toISOString();
}
