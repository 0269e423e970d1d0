/**
 * Which gaps still wait for snapshots. A gap is noted as open together with the run that saw it, and every run of the
 * shipper asks again: so a process that died between seeing a gap and having the snapshots taken changes nothing.
 * Invariant: a gap is only forgotten when every tenant concerned has a snapshot beyond it or left the database. After a
 * day, when the daily snapshots have come, a gap of everyone becomes one of each tenant that still lacks its snapshot:
 * those are few, and asked about every minute.
 */
import { type Lsn, parseLsn } from '../../domain/lsn.ts';
import type { GapEntry } from '../../domain/manifest.ts';
import type { Behind } from '../../domain/objectives.ts';
import { gapEnd } from '../../domain/table-gaps.ts';
import { SYSTEM, type TenantRef } from '../../domain/tenant.ts';
import type { Deps } from '../../ports.ts';
import { backups, gaps, type TenantItem, tenants, writeAll } from '../catalog/catalog-index.ts';

export interface OpenGaps {
  /** Ids, sorted: the same as long as the same gaps are open. */
  readonly ids: readonly string[];
  readonly needSnapshot: TenantRef[] | 'all';
  /** Until their snapshots, these can go back to before the gap and no further. */
  readonly behind: readonly Behind[];
}

const NARROW_MS = 24 * 3600 * 1000;
/** With more than that lacking, it is everyone's matter: nobody is looked for further. */
const MANY = 5000;

/** `now`: the database server's clock, ISO 8601. Forgets what is closed. */
export async function openGaps(deps: Pick<Deps, 'catalog'>, now: string): Promise<OpenGaps> {
  const open: { gap: GapEntry; need: TenantRef[] | 'all' }[] = [];
  const narrowed: GapEntry[] = [];
  const closed: GapEntry[] = [];
  for (const gap of await gaps.listOpen(deps.catalog)) {
    const old = Date.parse(now) - Date.parse(gap.fromTime) > NARROW_MS;
    const need = await waiting(deps, gap, old);
    if (need.length === 0) closed.push(gap);
    else if (gap.tenant !== SYSTEM || need === 'all' || !old) open.push({ gap, need });
    else {
      closed.push(gap);
      const ofEach = need.map(tenant => ({ ...gap, tenant, id: `${gap.id}-${tenant}` }));
      narrowed.push(...ofEach);
      open.push(...ofEach.map(own => ({ gap: own, need: [own.tenant] })));
    }
  }
  // First what stays open, then what takes its place goes.
  await writeAll(deps.catalog, [...narrowed.map(gaps.putOpen), ...closed.map(gaps.forgetOpen)]);
  const needed = open.map(({ need }) => need);
  return {
    ids: open.map(({ gap }) => gap.id).sort(),
    needSnapshot: needed.every(need => need !== 'all') ? [...new Set(needed.flat())] : 'all',
    behind: open.map(({ gap, need }) => ({ tenants: need, since: gap.fromTime })),
  };
}

/** Tenants concerned that have no snapshot whose replay starts beyond the gap. */
async function waiting(deps: Pick<Deps, 'catalog'>, gap: GapEntry, old: boolean): Promise<TenantRef[] | 'all'> {
  const beyond = parseLsn(gapEnd(gap) ?? gap.from);
  if (gap.tenant !== SYSTEM) {
    const tenant = gap.tenant;
    if (isAwaited(await tenants.get(deps.catalog, tenant)) && !(await hasSnapshotFrom(deps, tenant, beyond)))
      return [tenant];
    return [];
  }
  const known = (await tenants.list(deps.catalog)).filter(isAwaited);
  // Nobody is known before the first fleet run. After a day it has been, and there is nobody.
  if (known.length === 0) return old ? [] : 'all';
  const lacking: TenantRef[] = [];
  for (const { ref } of known) {
    if (!(await hasSnapshotFrom(deps, ref, beyond))) lacking.push(ref);
    if (lacking.length > MANY) return 'all';
  }
  return lacking.length === known.length ? 'all' : lacking;
}

/** Not of a tenant whose key is destroyed, nor of one that left the database. One that nobody knows yet is. */
function isAwaited(item: TenantItem | undefined): boolean {
  return item === undefined || (item.tenantId !== null && !item.left);
}

async function hasSnapshotFrom(deps: Pick<Deps, 'catalog'>, tenant: TenantRef, position: Lsn): Promise<boolean> {
  const stored = await backups.list(deps.catalog, tenant);
  return stored.some(item => item.kind === 'snapshot' && parseLsn(item.from) >= position);
}
