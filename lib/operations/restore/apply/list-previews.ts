/**
 * The previews of a tenant, newest first, with what each would change and whether it can still be asked for. The vault keeps
 * plans for as long as the log, the database their rows for a day or until somebody decides: most plans are old ones.
 * Invariants: each plan is verified as if it were opened alone; one that cannot be is named, and hides no other.
 */
import { HoldfastError } from '../../../domain/errors.ts';
import { planIdOfKey, restorePlanKey } from '../../../domain/object-key.ts';
import type { PlanDocument } from '../../../domain/plan-file.ts';
import type { TenantRef } from '../../../domain/tenant.ts';
import { areasKeptUntil } from '../../../postgres/staging/staging-area.ts';
import type { Context } from '../../context.ts';
import { inParallel } from '../../in-parallel.ts';
import { PREVIEW_ID, readPreview } from './read-preview.ts';

export interface ListedPreview {
  readonly id: string;
  readonly plan: PlanDocument;
  /** As of previewKeptUntil. */
  readonly keptUntil: string | null | undefined;
}

export interface PreviewsAsked {
  readonly limit: number;
  /** Only those older than this one. */
  readonly before?: string | undefined;
  /** Only those whose rows are still in the database. Reads every plan of the tenant where fewer than `limit` are. */
  readonly keptOnly: boolean;
}

export interface PreviewList {
  readonly previews: readonly ListedPreview[];
  /** Plans that were met on the way and are altered, or of no version that is read. */
  readonly unreadable: readonly { readonly id: string; readonly code: string }[];
  readonly more: boolean;
}

type ListDeps = Pick<Context, 'vault' | 'keyring' | 'signer' | 'installation' | 'source'>;
/** By staging schema, as of previewKeptUntil. */
type KeptUntil = ReadonlyMap<string, string | null>;
type Read = ListedPreview | { readonly id: string; readonly code: string };

const AT_ONCE = 16;
/** What makes one plan unreadable, and says nothing about the others. */
const OF_ONE_PLAN = ['object-altered', 'object-truncated', 'bad-plan'];

/** KeyError where the tenant's key cannot be used; SourceError where the database cannot be asked. */
export async function listPreviews(deps: ListDeps, tenant: TenantRef, asked: PreviewsAsked): Promise<PreviewList> {
  const kept = await areasKeptUntil(deps.source);
  // Without any rows there is nothing to look for.
  if (asked.keptOnly && kept.size === 0) return { previews: [], unreadable: [], more: false };
  const { limit, before, keptOnly } = asked;
  const found = { previews: [] as ListedPreview[], unreadable: [] as { id: string; code: string }[] };
  const ids = await idsBefore(deps, tenant, before);
  for (let next = 0; next < ids.length && found.previews.length <= limit; next += AT_ONCE) {
    const read = await inParallel(AT_ONCE, ids.slice(next, next + AT_ONCE), id => readOne(deps, tenant, id, kept));
    for (const each of read) {
      if (found.previews.length > limit) break;
      if (each === undefined) continue;
      if ('code' in each) found.unreadable.push(each);
      else if (!keptOnly || each.keptUntil !== undefined) found.previews.push(each);
    }
  }
  return { ...found, previews: found.previews.slice(0, limit), more: found.previews.length > limit };
}

/** Newest first: an id begins with the time when it was made. */
async function idsBefore({ vault }: Pick<ListDeps, 'vault'>, tenant: TenantRef, before?: string): Promise<string[]> {
  const ids: string[] = [];
  for await (const key of vault.keys(restorePlanKey(tenant, ''))) {
    const id = planIdOfKey(tenant, key);
    if (id !== undefined && PREVIEW_ID.test(id) && (before === undefined || id < before)) ids.push(id);
  }
  return ids.sort().reverse();
}

/** Undefined for one that expired since it was listed. */
async function readOne(deps: ListDeps, tenant: TenantRef, id: string, kept: KeptUntil): Promise<Read | undefined> {
  try {
    const plan = await readPreview(deps, tenant, id);
    return { id, plan, keptUntil: kept.get(plan.staging.schema) };
  } catch (error) {
    if (!(error instanceof HoldfastError)) throw error;
    if (error.code === 'unknown-preview') return undefined;
    if (OF_ONE_PLAN.includes(error.code)) return { id, code: error.code };
    throw error;
  }
}
