/** The ports of a fail-over: the regions of an installation, the database in each, and what leads the application to one. */
import type { PlaceFacts } from './domain/region-state.ts';
import type { StoppedAt } from './domain/stopped-at.ts';
import type { Vault } from './ports.ts';

/** The source in the region that takes over, and its change from a replica to the database that serves. */
export interface DatabaseFailover {
  status(): Promise<ReplicaStatus>;
  /** Whether the database of the other region answers. */
  reachesOther(): Promise<boolean>;
  /**
   * Stops the application's writes where it serves now; `all`: also those of Holdfast, whose leases have ended. Returns where
   * the last of them ended. Repeatable. SourceError `writes-not-stopped`.
   */
  stopWrites(all?: boolean): Promise<StoppedAt>;
  /** Takes `stopWrites` back: before a promotion where it served, afterwards where it serves. Repeatable. */
  allowWrites(): Promise<void>;
  /** The database here is a replica on the timeline of that server, and replayed everything up to the position. */
  hasReplayed(stopped: StoppedAt): Promise<boolean>;
  /**
   * True once it accepts writes; false while it is being promoted: then the same call asks again. `planned`: only when it has
   * everything. Repeatable. SourceError `promotion-failed`.
   */
  promote(planned: boolean): Promise<boolean>;
}

export interface ReplicaStatus {
  readonly role: 'replica' | 'primary';
  /** Since the last transaction that it replayed; null where it does not know. */
  readonly lagSeconds: number | null;
}

/** Leads the application to a region. Repeatable. */
export interface Traffic {
  move(region: string): Promise<void>;
}

/** A region that keeps the state of the regions. */
export interface RegionPlace extends PlaceFacts {
  readonly vault: Pick<Vault, 'put' | 'get' | 'keys'>;
}

/** The database of a region, as a witness sees it. */
export interface ProbedDatabase {
  readonly region: string;
  answers(): Promise<boolean>;
}

/** The regions of an installation, as one of them sees them. */
export interface Regions {
  /** Where this process works. */
  readonly region: string;
  /** Where the application belongs. */
  readonly home: string;
  readonly places: readonly RegionPlace[];
  /** How long what was read from the places holds, in seconds. */
  readonly leaseSeconds: number;
  readonly database: DatabaseFailover;
  readonly traffic: Traffic;
  /** How long a planned fail-over waits until this region has everything, in seconds. */
  readonly drainSeconds: number;
  /** The configuration allows a fail-over to this region without a person. @default false */
  readonly automatic?: boolean;
  /** Of a witness: the databases that it looks at, and it serves none itself. @default - this region has a database */
  readonly watched?: readonly ProbedDatabase[];
  /** Where one catalog lists what all regions have together. @default - each region has its own */
  readonly shared?: SharedCatalog;
}

/**
 * A state machine carries the fail-over out: each call does one step, and what is not done yet ends with ConflictError
 * `request-unfinished`. The catalog is not made from the vault here, which may have what another region has removed.
 */
export interface SharedCatalog {
  /** Starts the snapshots that a gap requires, once for that id. */
  startSnapshots(id: string): Promise<void>;
}
