/**
 * What is proved about the parents of via rows at the router's position: by images in the stream, or by the database's
 * row as of the run's own snapshot (resolve). The snapshot shows the end of the run, not the position; so its answer is
 * an assumption unless the row is older than the run, and every later change of that parent in the stream must agree
 * with it. Where one does not, the run is routed again with what the stream showed (`contested`); where nothing can
 * prove it, the answer is UNPROVEN.
 *
 * Bounded: the older half is forgotten at once and looked up again (a Map that loses its first entry each time it gains
 * one scans all entries that it lost before).
 */
import { type TenantId, tenantId } from '../../domain/tenant.ts';
import type { Connection } from '../../postgres/connection.ts';
import { findParents } from '../../postgres/log/parent-lookup.ts';
import type { ParentKey } from './relation-route.ts';
import { TenantLog } from './segment-buffers.ts';

/** The owner of a row that belongs to no tenant. */
export class Unowned {
  readonly why: 'nobody' | 'unproven';
  constructor(why: Unowned['why']) {
    this.why = why;
  }
}
/** Proved to be no tenant's: its tenant column is NULL, or its parent does not exist. */
export const NOBODY = new Unowned('nobody');
/** Not proved: each restore decides from its own rows. */
export const UNPROVEN = new Unowned('unproven');
export type Owner = TenantLog | Unowned;

/** A parent that was deleted, or whose key changed: the owner of the rows that still refer to it. */
export class Gone {
  readonly owner: Owner;
  /** The transaction (the router's serial number) in which that happened. */
  readonly transaction: number;
  constructor(owner: Owner, transaction: number) {
    this.owner = owner;
    this.transaction = transaction;
  }
}
export const ABSENT = new Gone(NOBODY, 0);

/** Two texts that the database treats as the same key (1 and 1.0, char(n)): the parent's own text. */
class Alias {
  readonly id: string;
  constructor(id: string) {
    this.id = id;
  }
}

/** A parent's state: its owner, or the id of its own parent. */
export type ParentState = Owner | string | Gone | Alias;

/** What one pass over a run learned for the next: states at the run's start, without objects of the pass. */
export type Fact = { readonly tenant: TenantId } | { readonly link: string } | 'absent' | 'nobody' | 'unproven';

export interface Knowledge {
  readonly facts: ReadonlyMap<string, Fact>;
  /** The snapshot's answer is used where it can be verified later. */
  readonly assume: boolean;
}

/** Rows looked up per statement. */
const LOOKUP_BATCH = 5000;
/** Longest path up; a longer one is a cycle. */
const MAX_STEPS = 32;
/** Rows frozen by servers before 9.4. */
const FROZEN = 2;

export interface ParentSource {
  /** Shows the database exactly as of the end of the run, unless the run ends differently. */
  readonly view: Connection;
  readonly parents: readonly ParentKey[];
  /** Transactions below it, modulo 2^32, committed at or before the run's start; undefined: unknown. */
  readonly settledBelow: number | undefined;
  readonly knowledge: Knowledge;
  /** Cached entries. */
  readonly limit: number;
  logOf(tenant: TenantId): TenantLog;
}

export class ParentStates {
  readonly #source: ParentSource;
  #known = new Map<string, ParentState>();
  /** The older half of the cache. */
  #older = new Map<string, ParentState>();
  readonly #facts: Map<string, Fact>;
  readonly #wanted = new Set<string>();
  /** From the snapshot, and not yet confirmed by the stream. */
  readonly #assumed = new Map<string, ParentState>();
  /** Keys with changes that the stream does not identify. */
  readonly #lost = new Set<number>();
  #forgot = false;
  /** Facts that contradicted an assumption: the run must be routed again. */
  readonly contested = new Map<string, Fact>();

  constructor(source: ParentSource) {
    this.#source = source;
    this.#facts = new Map(source.knowledge.facts);
  }

  /** Assumptions that only the end of the run can confirm. */
  get outstanding(): Iterable<string> {
    return this.#assumed.keys();
  }

  get(id: string): ParentState | undefined {
    const known = this.#known.get(id) ?? this.#older.get(id);
    if (known !== undefined || this.#facts.size === 0) return known;
    const fact = this.#facts.get(id);
    return fact === undefined ? undefined : this.#stateOf(fact);
  }

  /**
   * The owner of rows that refer to this parent; `held`: their owner until now, also where the parent no longer exists.
   * Undefined where the database must be queried: the missing parent is noted for that.
   */
  owner(parent: string, held: boolean): Owner | undefined {
    let id = parent;
    let aliased = false;
    for (let steps = 0; steps < MAX_STEPS; steps++) {
      if (this.#lost.size > 0 && this.#lost.has(keyNumber(id))) return UNPROVEN;
      const state = this.get(id);
      if (state instanceof TenantLog || state instanceof Unowned) return state;
      if (state === undefined) {
        this.#wanted.add(id);
        return undefined;
      }
      if (state instanceof Gone) return aliased ? UNPROVEN : held ? state.owner : NOBODY;
      aliased ||= state instanceof Alias;
      id = state instanceof Alias ? state.id : state;
    }
    return UNPROVEN;
  }

  set(id: string, state: ParentState): void {
    if (this.#facts.size > 0) this.#facts.delete(id);
    this.#known.set(id, state);
    if (this.#known.size * 2 > this.#source.limit && this.#wanted.size === 0) {
      this.#forgot ||= this.#older.size > 0;
      this.#older = this.#known;
      this.#known = new Map();
    }
  }

  /** A change in the stream gives the parent's state until now; undefined: it changed, but the old state is unknown. */
  verify(id: string, told: ParentState | undefined): void {
    if (this.#assumed.size === 0) return;
    const assumed = this.#assumed.get(id);
    if (assumed === undefined) return;
    this.#assumed.delete(id);
    if (told === undefined || !same(told, assumed))
      this.contested.set(id, told === undefined || this.#forgot ? 'unproven' : factOf(told));
  }

  /** Notes that the block will need it. */
  want(id: string): void {
    if (this.get(id) === undefined) this.#wanted.add(id);
  }

  get wants(): boolean {
    return this.#wanted.size > 0;
  }

  /** A later change in the block gives the state of a wanted parent until then. */
  foresee(id: string, told: ParentState | undefined): void {
    if (this.#wanted.delete(id)) this.#known.set(id, told ?? UNPROVEN);
  }

  /** All parents with that key were truncated. */
  truncated(key: ParentKey): void {
    this.#drop(key);
    this.#forgot = true;
  }

  /** One of them changed, but the stream does not identify which. */
  lose(key: ParentKey): void {
    if (this.#lost.has(key.id)) return;
    this.#lost.add(key.id);
    this.#drop(key);
  }

  #drop(key: ParentKey): void {
    const isOf = (id: string) => keyNumber(id) === key.id;
    for (const id of this.#assumed.keys()) if (isOf(id)) this.verify(id, undefined);
    for (const map of [this.#known, this.#older, this.#facts])
      for (const id of map.keys()) if (isOf(id)) map.delete(id);
  }

  /** Looks up the wanted parents in the database. */
  async resolve(): Promise<void> {
    const byKey = Map.groupBy(this.#wanted, keyNumber);
    for (const [number, ids] of byKey) {
      const key = this.#source.parents[number]!;
      for (let start = 0; start < ids.length; start += LOOKUP_BATCH) {
        const batch = ids.slice(start, start + LOOKUP_BATCH);
        const found = await findParents(this.#source.view, key, batch.map(valuesOf));
        for (const [index, id] of batch.entries()) this.#found(key, id, found[index]);
      }
    }
    this.#wanted.clear();
  }

  #found(key: ParentKey, id: string, row: Awaited<ReturnType<typeof findParents>>[number] | undefined): void {
    if (!row) {
      this.#assume(id, ABSENT, false);
      return;
    }
    const own = parentId(key, row.key);
    const proved = isBelow(row.xmin, this.#source.settledBelow);
    if (own !== id) {
      this.#known.set(id, new Alias(own));
      if (this.get(own) !== undefined) return;
    }
    this.#assume(own, this.#stateOfRow(key, row.routing), proved);
  }

  #stateOfRow(key: ParentKey, routing: readonly (string | null)[]): ParentState {
    const values = routing.filter(value => value !== null);
    if (values.length < routing.length) return NOBODY;
    if (key.owner.kind !== 'via') return this.#source.logOf(tenantId(values[0]!));
    return key.next === undefined ? UNPROVEN : parentId(key.next, values);
  }

  #assume(id: string, state: ParentState, proved: boolean): void {
    const may = this.#source.knowledge.assume && this.#assumed.size < this.#source.limit;
    this.#known.set(id, proved || may ? state : UNPROVEN);
    if (!proved && may) this.#assumed.set(id, state);
  }

  #stateOf(fact: Fact): ParentState {
    if (fact === 'absent') return ABSENT;
    if (fact === 'nobody') return NOBODY;
    if (fact === 'unproven') return UNPROVEN;
    return 'link' in fact ? fact.link : this.#source.logOf(fact.tenant);
  }
}

/** A parent by its key's values; what RowOwner makes from bytes. */
export function parentId(key: ParentKey, values: readonly string[]): string {
  return values.reduce((id, value) => {
    const bytes = Buffer.from(value);
    return `${id}\0${bytes.byteLength}:${bytes.toString('latin1')}`;
  }, `${key.id}`);
}

function valuesOf(id: string): string[] {
  const values: string[] = [];
  for (let at = id.indexOf('\0'); at >= 0 && at < id.length; ) {
    const colon = id.indexOf(':', at);
    const end = colon + 1 + Number(id.slice(at + 1, colon));
    values.push(Buffer.from(id.slice(colon + 1, end), 'latin1').toString('utf8'));
    at = end;
  }
  return values;
}

function keyNumber(id: string): number {
  return Number(id.slice(0, id.indexOf('\0')));
}

function same(a: ParentState, b: ParentState): boolean {
  return a === b || (a instanceof Gone && b instanceof Gone);
}

function factOf(state: ParentState): Fact {
  if (state instanceof TenantLog) return state.tenantId === null ? 'unproven' : { tenant: state.tenantId };
  if (state instanceof Unowned) return state.why;
  if (state instanceof Gone) return 'absent';
  return state instanceof Alias ? 'unproven' : { link: state };
}

/** Transaction ids are compared modulo 2^32; a row with a very old id only looks newer than it is. */
function isBelow(xmin: number, bound: number | undefined): boolean {
  return bound !== undefined && (xmin === FROZEN || ((xmin - bound) | 0) < 0);
}
