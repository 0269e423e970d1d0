/**
 * Whose a row image is, told from its bytes: by its tenant column, or by the parent it refers to. Remembers whose the
 * parents in the stream are. Makes no objects for tenants and parents seen before.
 */

import { TupleScan } from '../../codec/tuple-scan.ts';
import { TEXT } from '../../domain/packed-tuple.ts';
import { SYSTEM, tenantId } from '../../domain/tenant.ts';
import { type Context, refOf } from '../context.ts';
import type { ParentTenants } from './parent-tenants.ts';
import type { ParentKey, RelationRoute } from './relation-route.ts';
import type { SegmentBuffers, TenantLog } from './segment-buffers.ts';

export class RowOwner {
  readonly #ctx: Context;
  readonly #buffers: SegmentBuffers;
  readonly #parents: ParentTenants;
  readonly #system: TenantLog;
  readonly #tenants = new Map<string, TenantLog>();
  readonly #scan = new TupleScan();

  constructor(ctx: Context, buffers: SegmentBuffers, parents: ParentTenants) {
    this.#ctx = ctx;
    this.#buffers = buffers;
    this.#parents = parents;
    this.#system = buffers.log(SYSTEM, null);
  }

  /** Whose the tuple is; the unrouted log where it does not say; undefined where the parent must be asked for. */
  of(route: RelationRoute, bytes: Buffer, tuple: number): TenantLog | undefined {
    if (route.kind === 'direct') {
      const scan = this.#scan;
      if (scan.find(bytes, tuple, route.columns[0]!) !== TEXT) return this.#system;
      return this.#tenant(bytes, scan.start, scan.end);
    }
    if (route.kind !== 'via' || route.parent === undefined) return this.#system;
    const id = this.#parentId(route.parent, route.columns, bytes, tuple);
    return id === undefined ? this.#system : this.#parents.get(id);
  }

  #tenant(bytes: Buffer, start: number, end: number): TenantLog {
    const text = bytes.toString('latin1', start, end);
    let log = this.#tenants.get(text);
    if (log === undefined) {
      const id = tenantId(bytes.toString('utf8', start, end));
      log = this.#buffers.log(refOf(this.#ctx, id), id);
      this.#tenants.set(text, log);
    }
    return log;
  }

  #parentId(parent: ParentKey, columns: readonly number[], bytes: Buffer, tuple: number): string | undefined {
    let id = `${parent.id}`;
    for (const column of columns) {
      if (this.#scan.find(bytes, tuple, column) !== TEXT) return undefined;
      id += `\0${this.#scan.end - this.#scan.start}:${bytes.toString('latin1', this.#scan.start, this.#scan.end)}`;
    }
    return id;
  }

  /** Notes whose this row is, for the children that refer to it; returns whose it was thought to be. */
  remember(route: RelationRoute, bytes: Buffer, tuple: number, owner: TenantLog): TenantLog | undefined {
    let before: TenantLog | undefined;
    for (const { key, columns } of route.referenced) {
      const id = this.#parentId(key, columns, bytes, tuple);
      if (id !== undefined) before = this.#parents.set(id, owner) ?? before;
    }
    return before;
  }

  /** Notes the parent of the row to be asked for, where it is not known. */
  want(route: RelationRoute, bytes: Buffer, tuple: number): void {
    const parent = route.parent!;
    const id = this.#parentId(parent, route.columns, bytes, tuple);
    if (id === undefined || this.#parents.get(id) !== undefined) return;
    const values = route.columns.map(column => {
      this.#scan.find(bytes, tuple, column);
      return bytes.toString('utf8', this.#scan.start, this.#scan.end);
    });
    this.#parents.want(id, parent, values);
  }
}
