/**
 * Each backup and archive of a tenant with its classes, the decision of the next expiry with every reason, the time until which it is
 * certainly kept, and the end of its lock. Invariant: the decisions are those of an expiry at this moment, to who must not
 * see hidden holds as if there were none; nothing changes.
 */
import { periodsOf, type RetentionField } from '../../domain/policy-change.ts';
import { RETENTION_CLASSES, type RetentionPolicy } from '../../domain/retention.ts';
import type { TenantRef } from '../../domain/tenant.ts';
import type { DecidedRetention } from '../../domain/tenant-policy.ts';
import { archives, backups } from '../catalog/catalog-index.ts';
import { inParallel } from '../in-parallel.ts';
import { isUnderHold } from '../storage/standing-holds.ts';
import { decideForTenant } from './expire-tenant.ts';
import { policyInForce } from './policy-in-force.ts';
import type { SimulationDeps } from './simulate-policy.ts';

export interface ShownBackup {
  readonly id: string;
  readonly kind: 'snapshot' | 'incremental' | 'log' | 'archive';
  /** ISO 8601 UTC. */
  readonly toTime: string;
  /** Of `daily`, `weekly`, `monthly`, `annual`: those that keep it. */
  readonly classes: readonly string[];
  readonly keep: boolean;
  /** Every reason to keep it, or why it goes. */
  readonly reasons: readonly string[];
  /** ISO 8601 UTC; null: not certain beyond today. */
  readonly certainUntil: string | null;
  /** ISO 8601 UTC; null: the object is missing. */
  readonly lockedUntil: string | null;
  readonly held: boolean;
  readonly storedBytes: number;
}

export interface ShownRetention {
  readonly tenant: TenantRef;
  readonly policy: RetentionPolicy;
  readonly configured: RetentionPolicy;
  /** Periods that are configured shorter, and wait for an approved change. */
  readonly waiting: readonly RetentionField[];
  /** Its own retention is not known: nothing of it expires. */
  readonly undecided: boolean;
  /** Oldest first. */
  readonly backups: readonly ShownBackup[];
}

const AT_ONCE = 16;

/** Without `seesHidden` as if there were no hidden hold. IntegrityError `object-altered`, `policy-history-broken`. */
export async function showRetention(
  deps: SimulationDeps,
  tenant: TenantRef,
  configured: DecidedRetention,
  seesHidden = true,
): Promise<ShownRetention> {
  const inForce = configured.undecided ? undefined : await policyInForce(deps, tenant, configured);
  const isSeen = await isUnderHold(deps, tenant, seesHidden);
  const plan = await decideForTenant(deps, tenant, inForce?.policy ?? configured, isSeen);
  const listed = [...(await backups.list(deps.catalog, tenant)), ...(await archives.list(deps.catalog, tenant))];
  const items = new Map(listed.map(item => [item.id, item]));
  const { undecided = false } = configured;
  const periods = periodsOf(configured);
  const shown = await inParallel(
    AT_ONCE,
    [...plan.decisions, ...plan.archives],
    async ({ backup, keep, reasons, keepUntil }) => {
      const item = items.get(backup.id);
      const stored = item && (await deps.vault.head(item.key));
      return {
        ...{ id: backup.id, kind: backup.kind, toTime: backup.toTime },
        classes: RETENTION_CLASSES.map(({ name }) => name).filter(name =>
          reasons.some(why => why.startsWith(`${name} `)),
        ),
        ...{ keep, reasons, certainUntil: keepUntil ?? null },
        ...{ lockedUntil: stored?.retainUntil.toISOString() ?? null, held: isSeen && (stored?.hold ?? false) },
        storedBytes: item?.storedBytes ?? 0,
      };
    },
  );
  return {
    ...{ tenant, policy: inForce?.policy ?? periods, configured: periods, waiting: inForce?.waiting ?? [], undecided },
    backups: shown.toSorted((a, b) => (a.toTime < b.toTime ? -1 : a.toTime > b.toTime ? 1 : 0)),
  };
}
