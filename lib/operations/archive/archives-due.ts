/** Which archives are due, from the catalog; one that is late, or that a schedule could not make, raises an alarm. */
import { type ArchiveClass, dueArchive, isArchiveLate } from '../../domain/archive.ts';
import type { HoldfastError } from '../../domain/errors.ts';
import type { TenantRef } from '../../domain/tenant.ts';
import type { Deps } from '../../ports.ts';
import { archives, tenants } from '../catalog/catalog-index.ts';

interface DueArchive {
  readonly tenant: TenantRef;
  readonly due: ArchiveClass;
  /** It was due a week ago. */
  readonly late: boolean;
}

/** Of the tenants that are there: what left or was destroyed has no newer rows. */
export async function archivesDue(deps: Pick<Deps, 'catalog' | 'clock'>): Promise<DueArchive[]> {
  const now = deps.clock.now();
  const found: DueArchive[] = [];
  for (const { ref, firstSeen, left, departed, destruction } of await tenants.list(deps.catalog)) {
    if (left || departed || destruction) continue;
    const existing = await archives.list(deps.catalog, ref);
    const due = dueArchive(existing, now);
    if (due !== undefined) found.push({ tenant: ref, due, late: isArchiveLate(existing, firstSeen, now) });
  }
  return found;
}

export async function reportLateArchives(
  { notifier }: Pick<Deps, 'notifier'>,
  due: readonly DueArchive[],
): Promise<void> {
  const late = due.filter(each => each.late).map(({ tenant }) => tenant);
  if (late.length === 0) return;
  await notifier.notify({
    severity: 'alarm',
    code: 'archive-late',
    message: `The archives of ${late.length} tenants are late.`,
    details: { tenants: late },
  });
}

/** Of a run that nobody watches. */
export async function reportFailedArchive(
  { notifier }: Pick<Deps, 'notifier'>,
  tenant: TenantRef,
  { code, hint }: HoldfastError,
): Promise<void> {
  await notifier.notify({
    severity: 'alarm',
    code: 'archive-failed',
    message: `The archive of ${tenant} that was due could not be made. ${hint}`,
    details: { tenant, code },
  });
}
