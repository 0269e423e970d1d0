/** Tenants as people name them: by id, or by the label that the tenant model reads from the database. */
import { HoldfastError } from '../../lib/domain/errors.ts';
import type { TenantId, TenantRef } from '../../lib/domain/tenant.ts';
import { tenants } from '../../lib/operations/catalog/catalog-index.ts';
import { tenantNamed } from '../../lib/operations/catalog/known-tenant.ts';
import { type Context, refOf } from '../../lib/operations/context.ts';
import { spellTenant } from '../../lib/operations/model/spell-tenant.ts';
import { labelsOf } from '../../lib/operations/model/tenant-labels.ts';
import type { Session } from './session.ts';

export interface AskedTenant {
  readonly ref: TenantRef;
  /** Its id, or its reference where the id is not known. */
  readonly id: string;
}

/**
 * A tenant by its id, by the reference that notices carry, or by its label. For commands that work without the database
 * too: what the catalog knows needs nothing else. InputError `ambiguous-tenant`.
 */
export async function askedTenant(session: Session, typed: string): Promise<AskedTenant> {
  const deps = await session.deps();
  const { ref, name } = await tenantNamed(deps, typed);
  if (session.remote || (await tenants.get(deps.catalog, ref))) return { ref, id: name };
  const ctx = await contextOf(session);
  if (ctx === undefined) return { ref, id: name };
  const id = await spellTenant(ctx, typed);
  return { ref: refOf(ctx, id), id };
}

/** Labels by tenant id; none where the model has no label, or the database cannot be asked. */
export async function labelsFor(session: Session, only?: TenantId): Promise<ReadonlyMap<string, string>> {
  const ctx = session.remote ? undefined : await contextOf(session);
  return ctx === undefined ? new Map() : labelsOf(ctx, only);
}

/** Undefined where there is no tenant model, or no database is configured. */
async function contextOf(session: Session): Promise<Context | undefined> {
  try {
    return await session.context();
  } catch (error) {
    if (error instanceof HoldfastError) return undefined;
    throw error;
  }
}
