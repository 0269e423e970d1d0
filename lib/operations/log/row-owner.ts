/**
 * Finds the owner of a row image from its bytes: by its tenant column, or by the parent it refers to. Records what
 * changes of parents show about them. Allocates nothing for known tenants and parents. A value that is missing in the
 * new image (unchanged, TOASTed) is taken from the old image where that has it.
 */

import { type MessageCursor, NONE } from '../../codec/message-cursor.ts';
import { OLD, TAG } from '../../codec/pgoutput.ts';
import { TupleScan } from '../../codec/tuple-scan.ts';
import { NULL, TEXT, UNCHANGED } from '../../domain/packed-tuple.ts';
import { tenantId } from '../../domain/tenant.ts';
import type { Canonical } from '../../domain/tenant-text.ts';
import { type Context, refOf } from '../context.ts';
import { ABSENT, Gone, NOBODY, type Owner, type ParentState, type ParentStates, UNPROVEN } from './parent-states.ts';
import type { ParentKey, RelationRoute } from './relation-route.ts';
import { type SegmentBuffers, TenantLog } from './segment-buffers.ts';
import type { TenantNames } from './tenant-names.ts';

/** A key that previously belonged to another tenant's row, while rows may still have referred to it. */
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
   * The owner of the new tuple, with unchanged values taken from the old one. Undefined where the database must be
   * queried for its parent or for the spelling of the tenant.
   */
  of(route: RelationRoute, { bytes, tuple, old }: MessageCursor): Owner | undefined {
    return this.#owner(route, bytes, tuple, old, false);
  }

  /** The same for the old tuple: the owner until now, also where its parent no longer exists. */
  before(route: RelationRoute, { bytes, old }: MessageCursor): Owner | undefined {
    return this.#owner(route, bytes, old, NONE, true);
  }

  #owner(route: RelationRoute, bytes: Buffer, tuple: number, old: number, held: boolean): Owner | undefined {
    if (route.kind === 'direct') return this.#direct(route, bytes, tuple, old);
    if (route.kind !== 'via' || route.parent === undefined) return UNPROVEN;
    const id = this.#parentId(route.parent, route.columns, bytes, tuple, old);
    return typeof id === 'string' ? this.#states.owner(id, held) : id;
  }

  /** Whether the old tuple identifies the owner: a key tuple has only the columns of the identity. */
  identifies(route: RelationRoute, at: MessageCursor): boolean {
    return this.#tellsOld(route.columns, at);
  }

  /** Whether an update leaves the columns that identify the owner unchanged. */
  sameRouting(route: RelationRoute, { bytes, old, tuple }: MessageCursor): boolean {
    return route.columns.every(column => {
      const kind = this.#scan.find(bytes, tuple, column);
      const { start, end } = this.#scan;
      if (kind === UNCHANGED) return true;
      if (this.#scan.find(bytes, old, column) !== kind) return false;
      return kind === NULL || bytes.compare(bytes, start, end, this.#scan.start, this.#scan.end) === 0;
    });
  }

  /** Records a new parent; returns whose key it reuses where rows may still refer to it. */
  inserted(route: RelationRoute, { bytes, tuple }: MessageCursor, transaction: number): Reuse | undefined {
    let reuse: Reuse | undefined;
    for (const { key, columns } of route.referenced) {
      const id = this.#parentId(key, columns, bytes, tuple, NONE);
      if (typeof id === 'string')
        reuse = this.#appeared(id, this.#state(route, bytes, tuple, NONE), key, transaction) ?? reuse;
    }
    return reuse;
  }

  /** Records that a parent was deleted. `owner`: its owner. */
  deleted(route: RelationRoute, at: MessageCursor, owner: Owner, transaction: number): void {
    for (const { key, columns } of route.referenced) {
      if (!this.#tellsOld(columns, at)) {
        this.#states.lose(key);
        continue;
      }
      const id = this.#parentId(key, columns, at.bytes, at.old, NONE);
      if (typeof id === 'string') this.#went(route, id, at, new Gone(this.#last(id, owner), transaction));
    }
  }

  /** Records the new state of a parent; returns its assumed owner, or whose key it reuses. */
  updated(route: RelationRoute, at: MessageCursor, owner: Owner, transaction: number): Reuse | undefined {
    const { bytes, old, tuple } = at;
    let reuse: Reuse | undefined;
    const state = this.#state(route, bytes, tuple, old);
    for (const { key, columns, inIdentity } of route.referenced) {
      const id = this.#parentId(key, columns, bytes, tuple, old);
      const before = this.#tellsOld(columns, at);
      const was = before ? this.#parentId(key, columns, bytes, old, NONE) : undefined;
      if (was !== undefined && was !== id) {
        if (typeof was === 'string') this.#went(route, was, at, new Gone(this.#last(was, owner), transaction));
        if (typeof id === 'string') reuse = this.#appeared(id, state, key, transaction) ?? reuse;
      } else if (typeof id !== 'string') continue;
      else if (before || inIdentity || this.#isLive(id)) reuse = this.#kept(route, id, at, state) ?? reuse;
      else this.#states.lose(key);
    }
    return reuse;
  }

  /** What this change of a parent shows of its earlier state, by key, for the parents that the block needs. */
  foresee(route: RelationRoute, at: MessageCursor): void {
    const { bytes, old, tuple } = at;
    for (const { key, columns, inIdentity } of route.referenced) {
      const was = this.#tellsOld(columns, at) ? this.#parentId(key, columns, bytes, old, NONE) : undefined;
      const id = tuple === NONE ? undefined : this.#parentId(key, columns, bytes, tuple, old);
      if (typeof was === 'string') this.#states.foresee(was, this.#stateBefore(route, at));
      if (typeof id !== 'string' || id === was) continue;
      const kept = old === NONE && at.tag === TAG.update;
      if (!kept) this.#states.foresee(id, was === undefined && old !== NONE ? undefined : ABSENT);
      else if (inIdentity) this.#states.foresee(id, route.weak ? undefined : this.#state(route, bytes, tuple, NONE));
    }
  }

  /** Notes the unknown parents needed to find the row's new and old owner. */
  want(route: RelationRoute, at: MessageCursor): void {
    if (at.old !== NONE && this.identifies(route, at)) this.#want(route, at.bytes, at.old, NONE);
    if (at.tuple !== NONE) this.#want(route, at.bytes, at.tuple, at.old);
  }

  #want(route: RelationRoute, bytes: Buffer, tuple: number, old: number): void {
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

  /** The parent's id; NOBODY for a NULL, UNPROVEN for a missing value. */
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

  /** Whether there is an old tuple with these columns. */
  #tellsOld(columns: readonly number[], { bytes, mark, old }: MessageCursor): boolean {
    if (old === NONE) return false;
    if (mark === OLD) return true;
    for (const column of columns) if (this.#scan.find(bytes, old, column) !== TEXT) return false;
    return true;
  }

  /** The state of a parent from its image. */
  #state(route: RelationRoute, bytes: Buffer, tuple: number, old: number): ParentState {
    if (route.kind === 'direct') return this.#direct(route, bytes, tuple, old) ?? UNPROVEN;
    if (route.kind !== 'via' || route.parent === undefined) return UNPROVEN;
    return this.#parentId(route.parent, route.columns, bytes, tuple, old);
  }

  /** The state of a parent from its old image; undefined where there is none, or it is incomplete. */
  #stateBefore(route: RelationRoute, at: MessageCursor): ParentState | undefined {
    return this.identifies(route, at) ? this.#state(route, at.bytes, at.old, NONE) : undefined;
  }

  #went(route: RelationRoute, id: string, at: MessageCursor, gone: Gone): void {
    this.#states.verify(id, this.#stateBefore(route, at));
    this.#states.set(id, gone);
  }

  #isLive(id: string): boolean {
    const state = this.#states.get(id);
    return state !== undefined && !(state instanceof Gone) && state !== UNPROVEN;
  }

  /** Its previous owner: from its image, else from the known state. */
  #last(id: string, owner: Owner): Owner {
    if (owner !== UNPROVEN || this.#states.get(id) === undefined) return owner;
    return this.#states.owner(id, true) ?? UNPROVEN;
  }

  #appeared(id: string, state: ParentState, key: ParentKey, transaction: number): Reuse | undefined {
    this.#states.verify(id, ABSENT);
    const before = this.#states.get(id);
    this.#states.set(id, state);
    if (!(before instanceof Gone && before.owner instanceof TenantLog)) return undefined;
    // A foreign key holds at the end of each transaction: between transactions nothing refers to a deleted key.
    const stillReferred = before.transaction === transaction || !key.enforced;
    return stillReferred ? { from: before.owner } : undefined;
  }

  #kept(route: RelationRoute, id: string, at: MessageCursor, state: ParentState): Reuse | undefined {
    if (at.old === NONE && !route.weak) {
      if (state === UNPROVEN) return undefined;
      this.#states.verify(id, state);
      this.#states.set(id, state);
      return undefined;
    }
    const told = this.#stateBefore(route, at);
    const before = this.#states.get(id) === undefined ? undefined : this.#states.owner(id, true);
    this.#states.verify(id, told);
    this.#states.set(id, state);
    return told === undefined && before instanceof TenantLog ? { from: before } : undefined;
  }
}
