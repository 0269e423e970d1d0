/**
 * Whose a row image is, told from its bytes: by its tenant column, or by the parent it refers to. Notes what changes of
 * parents say about them. Makes no objects for tenants and parents seen before. A value that the new image does not hold
 * (unchanged, TOASTed) is taken from the old image where that has it.
 */

import { OLD } from '../../codec/pgoutput.ts';
import { TupleScan } from '../../codec/tuple-scan.ts';
import { NULL, TEXT, UNCHANGED } from '../../domain/packed-tuple.ts';
import { tenantId } from '../../domain/tenant.ts';
import type { Canonical } from '../../domain/tenant-text.ts';
import { type Context, refOf } from '../context.ts';
import { ABSENT, Gone, NOBODY, type Owner, type ParentState, type ParentStates, UNPROVEN } from './parent-states.ts';
import type { ParentKey, RelationRoute } from './relation-route.ts';
import { type SegmentBuffers, TenantLog } from './segment-buffers.ts';
import type { TenantNames } from './tenant-names.ts';

/** No tuple. */
export const NONE = -1;

/** A key that another tenant's row had before, while rows may still have referred to it. */
export interface Reuse {
  readonly from: TenantLog;
}

export class RowOwner {
  readonly #ctx: Context;
  readonly #buffers: SegmentBuffers;
  readonly #states: ParentStates;
  readonly #names: TenantNames;
  /** By the spelling in the log; which spellings are one tenant depends on the column. */
  readonly #tenants: Partial<Record<Canonical, Map<string, TenantLog>>> = {};
  readonly #scan = new TupleScan();

  constructor(ctx: Context, buffers: SegmentBuffers, states: ParentStates, names: TenantNames) {
    this.#names = names;
    this.#ctx = ctx;
    this.#buffers = buffers;
    this.#states = states;
  }

  /**
   * Whose the tuple is; undefined where the database must be asked for its parent, or how it spells the tenant. `old`: where unchanged values stand.
   * `held`: whose the row was until now, also where its parent has gone already.
   */
  of(route: RelationRoute, bytes: Buffer, tuple: number, old: number, held = false): Owner | undefined {
    if (route.kind === 'direct') return this.#direct(route, bytes, tuple, old);
    if (route.kind !== 'via' || route.parent === undefined) return UNPROVEN;
    const id = this.#parentId(route.parent, route.columns, bytes, tuple, old);
    return typeof id === 'string' ? this.#states.owner(id, held) : id;
  }

  /** Whether an old tuple says whose row it was: a key tuple holds only the columns of the identity. */
  tells(route: RelationRoute, bytes: Buffer, mark: number, old: number): boolean {
    return mark === OLD || this.#holds(route.columns, bytes, old);
  }

  /** Whether an update leaves the columns alone that say whose row it is. */
  sameRouting(route: RelationRoute, bytes: Buffer, old: number, tuple: number): boolean {
    return route.columns.every(column => {
      const kind = this.#scan.find(bytes, tuple, column);
      const { start, end } = this.#scan;
      if (kind === UNCHANGED) return true;
      if (this.#scan.find(bytes, old, column) !== kind) return false;
      return kind === NULL || bytes.compare(bytes, start, end, this.#scan.start, this.#scan.end) === 0;
    });
  }

  /** Notes a new parent; says whose key it uses again where rows may still refer to it. */
  inserted(route: RelationRoute, bytes: Buffer, tuple: number, transaction: number): Reuse | undefined {
    let reuse: Reuse | undefined;
    for (const { key, columns } of route.referenced) {
      const id = this.#parentId(key, columns, bytes, tuple, NONE);
      if (typeof id === 'string')
        reuse = this.#appeared(id, this.#state(route, bytes, tuple, NONE), key, transaction) ?? reuse;
    }
    return reuse;
  }

  /** Notes that a parent went. `owner`: whose it was. */
  deleted(route: RelationRoute, bytes: Buffer, mark: number, old: number, owner: Owner, transaction: number): void {
    for (const { key, columns } of route.referenced) {
      if (mark === OLD || this.#holds(columns, bytes, old)) {
        const id = this.#parentId(key, columns, bytes, old, NONE);
        if (typeof id !== 'string') continue;
        this.#states.verify(id, this.#told(route, bytes, mark, old));
        this.#states.set(id, new Gone(this.#last(id, owner), transaction));
      } else this.#states.lose(key);
    }
  }

  /** Notes what became of a parent; says whose it was thought to be, or whose key it uses again. */
  updated(
    route: RelationRoute,
    bytes: Buffer,
    mark: number,
    old: number,
    tuple: number,
    owner: Owner,
    transaction: number,
  ): Reuse | undefined {
    let reuse: Reuse | undefined;
    const state = this.#state(route, bytes, tuple, old);
    for (const { key, columns, inIdentity } of route.referenced) {
      const id = this.#parentId(key, columns, bytes, tuple, old);
      const before = old !== NONE && (mark === OLD || this.#holds(columns, bytes, old));
      const was = before ? this.#parentId(key, columns, bytes, old, NONE) : undefined;
      if (was !== undefined && was !== id) {
        if (typeof was === 'string') {
          this.#states.verify(was, this.#told(route, bytes, mark, old));
          this.#states.set(was, new Gone(this.#last(was, owner), transaction));
        }
        if (typeof id === 'string') reuse = this.#appeared(id, state, key, transaction) ?? reuse;
      } else if (typeof id !== 'string') continue;
      else if (before || inIdentity || this.#isLive(id)) {
        reuse = this.#kept(route, id, mark, old, state, bytes) ?? reuse;
      } else this.#states.lose(key);
    }
    return reuse;
  }

  /** What this change of a parent says of it before, by key, for those that the block asks for. */
  foresee(route: RelationRoute, bytes: Buffer, mark: number, old: number, tuple: number): void {
    for (const { key, columns, inIdentity } of route.referenced) {
      const told = old !== NONE && (mark === OLD || this.#holds(columns, bytes, old));
      const was = told ? this.#parentId(key, columns, bytes, old, NONE) : undefined;
      const id = tuple === NONE ? undefined : this.#parentId(key, columns, bytes, tuple, old);
      if (typeof was === 'string') this.#states.foresee(was, this.#told(route, bytes, mark, old));
      if (typeof id !== 'string' || id === was) continue;
      const kept = old === NONE && mark !== 0;
      if (!kept) this.#states.foresee(id, was === undefined && old !== NONE ? undefined : ABSENT);
      else if (inIdentity) this.#states.foresee(id, route.weak ? undefined : this.#state(route, bytes, tuple, NONE));
    }
  }

  /** Notes what must be asked for to tell whose the row is, where it is not known. */
  want(route: RelationRoute, bytes: Buffer, tuple: number, old: number): void {
    if (route.kind === 'direct') {
      this.#direct(route, bytes, tuple, old);
      return;
    }
    const id = this.#parentId(route.parent!, route.columns, bytes, tuple, old);
    if (typeof id === 'string') this.#states.want(id);
  }

  #direct(route: RelationRoute, bytes: Buffer, tuple: number, old: number): Owner | undefined {
    const column = route.columns[0]!;
    const scan = this.#scan;
    let kind = scan.find(bytes, tuple, column);
    if (kind === UNCHANGED) kind = old === NONE ? UNCHANGED : scan.find(bytes, old, column);
    if (kind === TEXT) return this.#tenant(route.canonical, bytes, scan.start, scan.end);
    return kind === NULL && !this.#isUnchanged(bytes, tuple, column) ? NOBODY : UNPROVEN;
  }

  /** A key tuple is NULL where the identity has no such column. */
  #isUnchanged(bytes: Buffer, tuple: number, column: number): boolean {
    return this.#scan.find(bytes, tuple, column) === UNCHANGED;
  }

  #tenant(canonical: Canonical, bytes: Buffer, start: number, end: number): TenantLog | undefined {
    const text = bytes.toString('latin1', start, end);
    this.#tenants[canonical] ??= new Map();
    const known = this.#tenants[canonical].get(text);
    if (known !== undefined) return known;
    const name = this.#names.name(canonical, bytes.toString('utf8', start, end));
    if (name === undefined) return undefined;
    const id = tenantId(name);
    const log = this.#buffers.log(refOf(this.#ctx, id), id);
    this.#tenants[canonical].set(text, log);
    return log;
  }

  /** The parent's id; NOBODY for a NULL, UNPROVEN for a value that is not told. */
  #parentId(parent: ParentKey, columns: readonly number[], bytes: Buffer, tuple: number, old: number): string | Owner {
    const scan = this.#scan;
    let id = `${parent.id}`;
    for (const column of columns) {
      let kind = scan.find(bytes, tuple, column);
      if (kind === NULL) return NOBODY;
      if (kind === UNCHANGED && old !== NONE) kind = scan.find(bytes, old, column);
      if (kind !== TEXT) return UNPROVEN;
      id += `\0${scan.end - scan.start}:${bytes.toString('latin1', scan.start, scan.end)}`;
    }
    return id;
  }

  #holds(columns: readonly number[], bytes: Buffer, tuple: number): boolean {
    for (const column of columns) if (this.#scan.find(bytes, tuple, column) !== TEXT) return false;
    return true;
  }

  /** What the image of a parent says of it. */
  #state(route: RelationRoute, bytes: Buffer, tuple: number, old: number): ParentState {
    if (route.kind === 'direct') return this.#direct(route, bytes, tuple, old) ?? UNPROVEN;
    if (route.kind !== 'via' || route.parent === undefined) return UNPROVEN;
    return this.#parentId(route.parent, route.columns, bytes, tuple, old);
  }

  #told(route: RelationRoute, bytes: Buffer, mark: number, old: number): ParentState | undefined {
    return this.tells(route, bytes, mark, old) ? this.#state(route, bytes, old, NONE) : undefined;
  }

  #isLive(id: string): boolean {
    const state = this.#states.get(id);
    return state !== undefined && !(state instanceof Gone) && state !== UNPROVEN;
  }

  /** Whose it was: as its image says, else as is known. */
  #last(id: string, owner: Owner): Owner {
    if (owner !== UNPROVEN || this.#states.get(id) === undefined) return owner;
    return this.#states.owner(id, true) ?? UNPROVEN;
  }

  #appeared(id: string, state: ParentState, key: ParentKey, transaction: number): Reuse | undefined {
    this.#states.verify(id, ABSENT);
    const before = this.#states.get(id);
    this.#states.set(id, state);
    if (!(before instanceof Gone && before.owner instanceof TenantLog)) return undefined;
    // A declared reference holds at the end of each transaction: between two of them nothing refers to a key that went.
    const stillReferred = before.transaction === transaction || !key.enforced;
    return stillReferred ? { from: before.owner } : undefined;
  }

  #kept(
    route: RelationRoute,
    id: string,
    mark: number,
    old: number,
    state: ParentState,
    bytes: Buffer,
  ): Reuse | undefined {
    const unsaid = state === UNPROVEN;
    if (old === NONE && !route.weak) {
      if (unsaid) return undefined;
      this.#states.verify(id, state);
      this.#states.set(id, state);
      return undefined;
    }
    const told = old === NONE ? undefined : this.#told(route, bytes, mark, old);
    const before = this.#states.get(id) === undefined ? undefined : this.#states.owner(id, true);
    this.#states.verify(id, told);
    this.#states.set(id, state);
    return told === undefined && before instanceof TenantLog ? { from: before } : undefined;
  }
}
