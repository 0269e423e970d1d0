/**
 * What the application wrote, and where it is, while regions fail over: two servers, one a replica of the other, and the
 * vault of each region. The right to act, freezing, activating and the number of the next epoch are the product's; servers,
 * shipping and replication are a model, and the ledger is independent of both.
 */
import { epochTurnOf, nextEpoch } from '../../lib/domain/source-epoch.ts';

export type Site = 'a' | 'b';
export const otherSite = (site: Site): Site => (site === 'a' ? 'b' : 'a');

interface Server {
  timeline: number;
  isPrimary: boolean;
  acceptsWrites: boolean;
  isUp: boolean;
  /** Ids of commits, in the order of the WAL: an index is a position. */
  wal: number[];
  /** Timelines that led to this one, and where each was left. */
  left: { timeline: number; at: number }[];
}

interface Run {
  readonly epoch: number;
  readonly timeline: number;
  readonly from: number;
  readonly to: number;
  readonly ids: readonly number[];
}

export class RegionChanges {
  readonly servers: Record<Site, Server>;
  readonly vaults: Record<Site, Map<string, Run>> = { a: new Map(), b: new Map() };
  /** Where the application works. */
  traffic: Site = 'a';
  /** Acknowledged to the application; true: the slot was confirmed, so the server may forget it. */
  readonly ledger = new Map<number, boolean>();
  readonly violations: string[] = [];
  /** Regions that served at some time. */
  readonly everActive = new Set<Site>(['a']);
  #timelines = 1;
  readonly #ownEpochs: boolean;

  /** `ownEpochs` false: the regions number epochs as if each were alone, which the test must notice. */
  constructor(ownEpochs = true) {
    const server = (isPrimary: boolean): Server => ({
      ...{ timeline: 1, isPrimary, acceptsWrites: true, isUp: true, wal: [], left: [] },
    });
    this.servers = { a: server(true), b: server(false) };
    this.#ownEpochs = ownEpochs;
  }

  commit(): void {
    const server = this.servers[this.traffic];
    if (!server.isUp || !server.isPrimary || !server.acceptsWrites) return;
    const id = this.ledger.size;
    server.wal.push(id);
    this.ledger.set(id, false);
  }

  /** The replica gets at most `most` more, if it still is one of that server. */
  replicate(to: Site, most = Number.POSITIVE_INFINITY): void {
    const [replica, primary] = [this.servers[to], this.servers[otherSite(to)]];
    if (replica.isPrimary || !primary.isPrimary || !primary.isUp || !replica.isUp) return;
    if (replica.timeline !== primary.timeline) return;
    replica.wal.push(...primary.wal.slice(replica.wal.length, replica.wal.length + most));
  }

  /** As the product asks: a replica of that server's timeline, at its end. */
  hasReplayed(site: Site): boolean {
    const [server, left] = [this.servers[site], this.servers[otherSite(site)]];
    return !server.isPrimary && server.timeline === left.timeline && server.wal.length >= left.wal.length;
  }

  copyVault(from: Site, most = Number.POSITIVE_INFINITY): void {
    const lacking = [...this.vaults[from]].filter(([key]) => !this.vaults[otherSite(from)].has(key));
    for (const [key, run] of lacking.slice(0, most)) this.vaults[otherSite(from)].set(key, run);
  }

  /** Ships what is new, after the caller proved its right. Write order: the vault, then the slot. */
  ship(site: Site, begin?: { readonly mayBeCut: boolean }): boolean {
    const server = this.servers[site];
    if (!server.isUp || !server.isPrimary) return false;
    const newest = this.newest(site);
    let [epoch, from] = [newest?.epoch ?? 0, newest?.to ?? 0];
    const isOther = newest?.timeline !== server.timeline || this.everActive.has(otherSite(site));
    const cut = begin?.mayBeCut === true && isOther;
    if (cut || !this.#continues(site, newest)) {
      // Only a person or a fail-over begins an epoch. Its snapshots hold what the server has.
      if (begin === undefined) return false;
      const turn = this.#ownEpochs ? epochTurnOf(['a', 'b'], 'a', site) : undefined;
      [epoch, from] = [nextEpoch(newest?.epoch, turn), server.wal.length];
    } else if (from === server.wal.length && newest?.timeline === server.timeline) return true;
    const ids = server.wal.slice(from);
    const run: Run = { epoch, timeline: server.timeline, from, to: server.wal.length, ids };
    this.vaults[site].set(`${epoch}/${run.from}-${run.to}/${server.timeline}`, run);
    for (const id of ids) this.ledger.set(id, true);
    return true;
  }

  newest(site: Site): Run | undefined {
    const order = (a: Run, b: Run) => a.epoch - b.epoch || a.to - b.to || a.timeline - b.timeline;
    return [...this.vaults[site].values()].sort(order).at(-1);
  }

  /** As continuedBy() of the product. */
  #continues(site: Site, newest: Run | undefined): boolean {
    const server = this.servers[site];
    if (newest === undefined) return true;
    if (newest.timeline === server.timeline) return newest.to <= server.wal.length;
    if ([...this.vaults[site].values()].some(({ timeline }) => timeline === server.timeline)) return false;
    return server.left.some(({ timeline, at }) => timeline === newest.timeline && at >= newest.to);
  }

  /** Whether this vault has all that the other has. */
  isWhole(site: Site): boolean {
    return [...this.vaults[otherSite(site)].keys()].every(key => this.vaults[site].has(key));
  }

  promote(site: Site): void {
    const server = this.servers[site];
    if (server.isPrimary || !server.isUp) return;
    server.left = [...server.left, { timeline: server.timeline, at: server.wal.length }];
    server.timeline = ++this.#timelines;
    server.isPrimary = true;
    server.acceptsWrites = true;
  }

  /** The server there is made again as a replica of the other. */
  rejoin(site: Site): void {
    const primary = this.servers[otherSite(site)];
    if (!primary.isUp || !primary.isPrimary) return;
    const { timeline, wal, left } = primary;
    Object.assign(this.servers[site], { timeline, isPrimary: false, acceptsWrites: true, isUp: true });
    Object.assign(this.servers[site], { wal: [...wal], left: [...left] });
  }

  /** Two histories at the same positions of one epoch, in any vault. */
  check(): void {
    for (const site of ['a', 'b'] as const) {
      const idAt = new Map<string, number>();
      for (const { epoch, from, ids } of this.vaults[site].values())
        for (const [index, id] of ids.entries()) {
          const place = `${epoch}/${from + index}`;
          if ((idAt.get(place) ?? id) !== id) this.violations.push(`vault ${site}: two changes at ${place}`);
          idAt.set(place, id);
        }
    }
  }

  /** Changes whose slot was confirmed, and which no vault and no database has. */
  lost(): number[] {
    const kept = new Set<number>();
    for (const site of ['a', 'b'] as const) {
      for (const { ids } of this.vaults[site].values()) for (const id of ids) kept.add(id);
      for (const id of this.servers[site].wal) kept.add(id);
    }
    return [...this.ledger].flatMap(([id, confirmed]) => (confirmed && !kept.has(id) ? [id] : []));
  }
}
