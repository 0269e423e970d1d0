/**
 * Which gaps still wait for snapshots. A gap is noted as open together with the run that saw it, and every run of the
 * shipper asks again: so a process that died between seeing a gap and having the snapshots taken changes nothing.
 * Invariant: a gap is only forgotten when every tenant concerned has a snapshot beyond it, or after a day, when the
 * daily snapshots have come (a tenant that left the database would keep it open for ever).
 */
import { type Lsn, parseLsn } from '../../domain/lsn.ts';
import type { GapEntry } from '../../domain/manifest.ts';
import { SYSTEM, type TenantRef } from '../../domain/tenant.ts';
import type { Deps } from '../../ports.ts';
import { backups, gaps, tenants, writeAll } from '../catalog/catalog-index.ts';

export interface OpenGaps {
  /** Ids, sorted: the same as long as the same gaps are open. */
  readonly ids: readonly string[];
  readonly needSnapshot: TenantRef[] | 'all';
}

const FORGET_MS = 24 * 3600 * 1000;

/** `now`: the database server's clock, ISO 8601. Forgets what is closed. */
export async function openGaps(deps: Pick<Deps, 'catalog'>, now: string): Promise<OpenGaps> {
  const open: { gap: GapEntry; need: TenantRef[] | 'all' }[] = [];
  const closed: GapEntry[] = [];
  for (const gap of await gaps.listOpen(deps.catalog)) {
    const need = Date.parse(now) - Date.parse(gap.fromTime) > FORGET_MS ? [] : await waiting(deps, gap);
    if (need.length === 0) closed.push(gap);
    else open.push({ gap, need });
  }
  await writeAll(deps.catalog, closed.map(gaps.forgetOpen));
  const all = open.some(({ need }) => need === 'all');
  return {
    ids: open.map(({ gap }) => gap.id).sort(),
    needSnapshot: all ? 'all' : [...new Set(open.flatMap(({ need }) => need as TenantRef[]))],
  };
}

/** Tenants concerned that have no snapshot whose replay starts beyond the gap. */
async function waiting(deps: Pick<Deps, 'catalog'>, gap: GapEntry): Promise<TenantRef[] | 'all'> {
  const beyond = parseLsn(gap.seen ?? gap.to ?? gap.from);
  if (gap.tenant !== SYSTEM) {
    const tenant = gap.tenant as TenantRef;
    return (await hasSnapshotFrom(deps, tenant, beyond)) ? [] : [tenant];
  }
  const known = (await tenants.list(deps.catalog)).filter(item => item.tenantId !== null);
  const lacking: TenantRef[] = [];
  for (const { ref } of known) {
    if (!(await hasSnapshotFrom(deps, ref as TenantRef, beyond))) lacking.push(ref as TenantRef);
  }
  return lacking.length === known.length ? 'all' : lacking;
}

async function hasSnapshotFrom(deps: Pick<Deps, 'catalog'>, tenant: TenantRef, position: Lsn): Promise<boolean> {
  const stored = await backups.list(deps.catalog, tenant);
  return stored.some(item => item.kind === 'snapshot' && parseLsn(item.from) >= position);
}
