/**
 * Which gaps still wait for snapshots. A gap is recorded as open together with the run that found it, and every run of
 * the shipper checks again: so a crash between finding a gap and taking the snapshots changes nothing. Invariant: a gap
 * is only forgotten once every affected tenant has a snapshot beyond it or left the database. After a day, when the
 * daily snapshots are done, a gap of all tenants becomes one gap per tenant that still lacks its snapshot: those are
 * few, and checked every minute.
 */

import type { GapEntry } from '../../domain/log-manifest.ts';
import { type Lsn, maxLsn, minLsn, parseLsn } from '../../domain/lsn.ts';
import type { Behind } from '../../domain/objectives.ts';
import { gapEnd } from '../../domain/table-gaps.ts';
import { SYSTEM, type TenantRef } from '../../domain/tenant.ts';
import type { Deps } from '../../ports.ts';
import { FEW_TENANTS, gaps, type TenantItem, tenants } from '../catalog/catalog-index.ts';
import { writeAll } from '../catalog/typed-items.ts';
import { forgetSnapshots, NewestSnapshots } from './newest-snapshots.ts';

export interface OpenGaps {
  /** Sorted ids: equal as long as the same gaps are open. */
  readonly ids: readonly string[];
  readonly needSnapshot: TenantRef[] | 'all';
  /** Until their snapshots exist, these tenants can be recovered only to before the gap. */
  readonly behind: readonly Behind[];
}

const NARROW_MS = 24 * 3600 * 1000;
/** If more than this number lack a snapshot, the gap counts for all tenants, and the search stops. */
const MANY = 5000;
/** Tenants checked before checking whether they are too many. */
const SLICE = 1000;

/** `now`: the database server's clock, ISO 8601. Forgets what is closed. */
export async function openGaps(deps: Pick<Deps, 'catalog' | 'memory'>, now: string): Promise<OpenGaps> {
  const open: Waiting[] = [];
  const narrowed: GapEntry[] = [];
  const closed: GapEntry[] = [];
  for (const { gap, need, old } of await waiting(deps, await gaps.listOpen(deps.catalog), now)) {
    if (need.length === 0) closed.push(gap);
    else if (gap.tenant !== SYSTEM || need === 'all' || !old) open.push({ gap, need, old });
    else {
      closed.push(gap);
      const ofEach = need.map(tenant => ({ ...gap, tenant, id: `${gap.id}-${tenant}` }));
      narrowed.push(...ofEach);
      open.push(...ofEach.map(own => ({ gap: own, need: [own.tenant], old })));
    }
  }
  // First the remaining open gaps are written, then the replaced ones are removed.
  await writeAll(deps.catalog, [...narrowed.map(gaps.putOpen), ...closed.map(gaps.forgetOpen)]);
  const needed = open.map(({ need }) => need);
  return {
    ids: open.map(({ gap }) => gap.id).sort(),
    needSnapshot: needed.every(need => need !== 'all') ? [...new Set(needed.flat())] : 'all',
    behind: open.map(({ gap, need }) => ({ tenants: need, since: gap.fromTime })),
  };
}

interface Waiting {
  readonly gap: GapEntry;
  /** Affected tenants without a snapshot with a replay start beyond the gap. */
  readonly need: TenantRef[] | 'all';
  /** The daily snapshots have been taken since. */
  readonly old: boolean;
}

/** Each tenant is looked up once for all gaps, and no further back than their ends. */
async function waiting(
  deps: Pick<Deps, 'catalog' | 'memory'>,
  open: readonly GapEntry[],
  now: string,
): Promise<Waiting[]> {
  if (open.length === 0) {
    forgetSnapshots(deps);
    return [];
  }
  const gapEnds = open.map(gap => parseLsn(gapEnd(gap) ?? gap.from));
  const ends = { least: gapEnds.reduce(minLsn), greatest: gapEnds.reduce(maxLsn) };
  const owners = [...new Set(open.map(gap => gap.tenant))];
  const isOfAll = owners.includes(SYSTEM);
  const known = isOfAll
    ? new Map((await tenants.list(deps.catalog)).map(item => [item.ref, item]))
    : await tenants.among(deps.catalog, owners);
  const isOfMany = isOfAll || owners.length > FEW_TENANTS;
  const snapshots = isOfMany ? await NewestSnapshots.ofMany(deps, ends) : new NewestSnapshots(deps, ends);
  const found: Waiting[] = [];
  for (const [index, gap] of open.entries()) {
    const old = Date.parse(now) - Date.parse(gap.fromTime) > NARROW_MS;
    found.push({ gap, old, need: await neededBy(snapshots, { gap, end: gapEnds[index]!, old }, known) });
  }
  return found;
}

async function neededBy(
  snapshots: NewestSnapshots,
  { gap, end, old }: { readonly gap: GapEntry; readonly end: Lsn; readonly old: boolean },
  known: ReadonlyMap<TenantRef, TenantItem>,
): Promise<TenantRef[] | 'all'> {
  if (gap.tenant !== SYSTEM) return isAwaited(known.get(gap.tenant)) ? snapshots.lackedBy([gap.tenant], end) : [];
  const awaited = [...known.values()].filter(isAwaited).map(({ ref }) => ref);
  // No tenant is known before the first fleet run. After a day that has happened, and there is no tenant.
  if (awaited.length === 0) return old ? [] : 'all';
  const lacking: TenantRef[] = [];
  for (let at = 0; at < awaited.length && lacking.length <= MANY; at += SLICE)
    lacking.push(...(await snapshots.lackedBy(awaited.slice(at, at + SLICE), end)));
  return lacking.length > MANY || lacking.length === awaited.length ? 'all' : lacking;
}

/** Not for a tenant with a destroyed key, nor for one that left the database; but for an unknown one. */
function isAwaited(item: TenantItem | undefined): boolean {
  return item === undefined || (item.tenantId !== null && !item.left && !item.destruction);
}
