/**
 * Remembers whose the parents of via rows are: those seen in the stream, and those asked for in the database, in one
 * statement per block of messages. Bounded: the oldest half is forgotten at once and asked for again (a Map that loses
 * its first entry each time it gains one walks over all that it lost before).
 */
import type { TableName, TableSchema } from '../../domain/table-schema.ts';
import { SYSTEM, type TenantId, tenantId } from '../../domain/tenant.ts';
import type { Connection } from '../../postgres/connection.ts';
import { findTenants } from '../../postgres/log/parent-lookup.ts';
import { type Context, refOf } from '../context.ts';
import type { ParentKey } from './relation-route.ts';
import type { SegmentBuffers, TenantLog } from './segment-buffers.ts';

/** Rows asked for in one statement. */
const LOOKUP_BATCH = 5000;

export class ParentTenants {
  readonly #ctx: Context;
  readonly #connection: Connection;
  readonly #schemas: ReadonlyMap<TableName, TableSchema>;
  readonly #buffers: SegmentBuffers;
  readonly #limit: number;
  #known = new Map<string, TenantLog>();
  /** Remembered before `#known` was begun. */
  #older = new Map<string, TenantLog>();
  readonly #wanted = new Map<string, { parent: ParentKey; values: string[] }>();

  constructor(
    ctx: Context,
    connection: Connection,
    schemas: ReadonlyMap<TableName, TableSchema>,
    buffers: SegmentBuffers,
    limit: number,
  ) {
    this.#ctx = ctx;
    this.#connection = connection;
    this.#schemas = schemas;
    this.#buffers = buffers;
    this.#limit = limit;
  }

  get(id: string): TenantLog | undefined {
    return this.#known.get(id) ?? this.#older.get(id);
  }

  /** Returns what was known of it before. */
  set(id: string, log: TenantLog): TenantLog | undefined {
    const before = this.get(id);
    this.#known.set(id, log);
    if (this.#known.size * 2 > this.#limit && this.#wanted.size === 0) {
      this.#older = this.#known;
      this.#known = new Map();
    }
    return before;
  }

  /** Notes a parent to be asked for by the next resolve(). */
  want(id: string, parent: ParentKey, values: string[]): void {
    if (this.get(id) === undefined) this.#wanted.set(id, { parent, values });
  }

  /** Asks the database for what is wanted; what is not found belongs to the unrouted log. */
  async resolve(): Promise<void> {
    const byParent = Map.groupBy(this.#wanted, ([, wanted]) => wanted.parent);
    for (const [parent, wanted] of byParent) {
      for (let start = 0; start < wanted.length; start += LOOKUP_BATCH) {
        const batch = wanted.slice(start, start + LOOKUP_BATCH);
        const tenants = await this.#find(
          parent,
          batch.map(([, { values }]) => values),
        );
        batch.forEach(([id], index) => {
          this.set(id, this.#log(tenants[index] ?? null));
        });
      }
    }
    this.#wanted.clear();
  }

  #find(parent: ParentKey, keys: string[][]): Promise<(string | null)[]> {
    const tenantColumnOf = (name: TableName) => {
      const table = this.#ctx.model.tables.find(candidate => candidate.table === name);
      return table?.kind === 'root' || table?.kind === 'direct' ? table.column : undefined;
    };
    return findTenants(this.#connection, parent, tenantColumnOf, this.#schemas, keys);
  }

  #log(text: string | null): TenantLog {
    if (text === null) return this.#buffers.log(SYSTEM, null);
    const id: TenantId = tenantId(text);
    return this.#buffers.log(refOf(this.#ctx, id), id);
  }
}
