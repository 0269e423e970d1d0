/**
 * The replay starts of the tenants' newest snapshots, for gaps that wait for them. While a gap of all tenants is open,
 * every minute asks for all of them: each is looked up once and again only after the head of its chain moved, which one
 * pass over the heads shows for all. So a minute costs the pages of two lists, not a request per tenant.
 * Invariant: a snapshot is published together with its head, and a head is listed before its tenant is looked up; what is
 * missed is found in the next minute.
 */
import { type Lsn, maxLsn, parseLsn, ZERO_LSN } from '../../domain/lsn.ts';
import type { TenantRef } from '../../domain/tenant.ts';
import type { Deps, MemoryPart } from '../../ports.ts';
import { backups, heads } from '../catalog/catalog-index.ts';
import { inParallel } from '../in-parallel.ts';

/** Tenants looked up at the same time. */
const PARALLEL = 16;

/** The ends of the gaps: the least one, and the one beyond which no search goes. */
export interface GapEnds {
  readonly least: Lsn;
  readonly greatest: Lsn;
}

interface LookedUp {
  /** Revision of the head that was listed before. */
  readonly head: number | undefined;
  readonly newest: Lsn;
  readonly ends: GapEnds;
}

const LOOKED_UP: MemoryPart<Map<TenantRef, LookedUp>> = { make: () => new Map() };

/** Once no gap is open. */
export function forgetSnapshots({ memory }: Pick<Deps, 'memory'>): void {
  memory.of(LOOKED_UP).clear();
}

export class NewestSnapshots {
  readonly #deps: Pick<Deps, 'catalog'>;
  readonly #ends: GapEnds;
  readonly #known: Map<TenantRef, LookedUp>;
  /** Undefined for a few tenants, each of which is looked up. */
  readonly #heads: ReadonlyMap<string, number> | undefined;

  constructor(
    deps: Pick<Deps, 'catalog'>,
    ends: GapEnds,
    known: Map<TenantRef, LookedUp> = new Map(),
    listed?: ReadonlyMap<string, number>,
  ) {
    this.#deps = deps;
    this.#ends = ends;
    this.#known = known;
    this.#heads = listed;
  }

  /** For many tenants: lists all heads. */
  static async ofMany(deps: Pick<Deps, 'catalog' | 'memory'>, ends: GapEnds): Promise<NewestSnapshots> {
    return new NewestSnapshots(deps, ends, deps.memory.of(LOOKED_UP), await heads.revisions(deps.catalog));
  }

  /** Those without a snapshot with a replay start at the position or later. */
  async lackedBy(wanted: readonly TenantRef[], position: Lsn): Promise<TenantRef[]> {
    const newest = await inParallel(PARALLEL, wanted, tenant => this.#newest(tenant));
    return wanted.filter((_, index) => newest[index]! < position);
  }

  async #newest(tenant: TenantRef): Promise<Lsn> {
    const head = this.#heads?.get(tenant);
    if (this.#heads && head === undefined) return ZERO_LSN;
    const known = this.#known.get(tenant);
    if (known && known.head === head && holds(known, this.#ends)) return known.newest;
    let newest = ZERO_LSN;
    for await (const item of backups.newestFirst(this.#deps.catalog, tenant, this.#ends.least)) {
      if (item.kind === 'snapshot') newest = maxLsn(newest, parseLsn(item.from));
      if (newest >= this.#ends.greatest) break;
    }
    this.#known.set(tenant, { head, newest, ends: this.#ends });
    return newest;
  }
}

/** Whether a search for these ends would find the same: neither ended earlier nor began later than needed. */
function holds({ newest, ends }: LookedUp, { least, greatest }: GapEnds): boolean {
  const isNewest = newest < ends.greatest || newest >= greatest;
  return isNewest && (ends.least <= least || newest >= ends.least);
}
