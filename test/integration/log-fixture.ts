/**
 * A small pooled database with every kind of table, protected by its own slot, with functions to inspect what was
 * shipped.
 */
import { parseMessage, type Relation, type Tuple } from '../../lib/codec/pgoutput.ts';
import { parseLsn } from '../../lib/domain/lsn.ts';
import { defaultSettings, type Settings } from '../../lib/domain/settings.ts';
import { SYSTEM, type TenantRef, tenantId, tenantRef } from '../../lib/domain/tenant.ts';
import { TenantModel } from '../../lib/domain/tenant-model.ts';
import { segments } from '../../lib/operations/catalog/log-items.ts';
import type { Context } from '../../lib/operations/context.ts';
import { mergedLog, readSegment } from '../../lib/operations/log/read-log.ts';
import { withConnection } from '../../lib/postgres/connection.ts';
import { type LocalDeps, localDeps } from '../support/local-deps.ts';
import { createDatabase, type PgVersion, type TestDatabase, testDatabase } from '../support/postgres.ts';
import { ensurePublication } from '../support/publication.ts';

export const SCHEMA = `
  CREATE TABLE tenants (id text PRIMARY KEY, name text);
  CREATE TABLE orders (tenant_id text NOT NULL, id int NOT NULL, note text, body text, PRIMARY KEY (tenant_id, id));
  CREATE TABLE weak (id int PRIMARY KEY, tenant_id text NOT NULL, note text);
  CREATE TABLE whole (id int PRIMARY KEY, tenant_id text, note text, body text);
  ALTER TABLE whole REPLICA IDENTITY FULL;
  CREATE TABLE named (id int PRIMARY KEY, tenant_id text NOT NULL, note text, body text);
  CREATE UNIQUE INDEX named_identity ON named (tenant_id, id);
  ALTER TABLE named REPLICA IDENTITY USING INDEX named_identity;
  CREATE TABLE "Odd Lines" (id int PRIMARY KEY, "order" int NOT NULL REFERENCES named (id) ON DELETE CASCADE, "Note" text);
  ALTER TABLE "Odd Lines" REPLICA IDENTITY FULL;
  CREATE TABLE deep (id int PRIMARY KEY, line int REFERENCES "Odd Lines" (id) ON DELETE CASCADE, note text);
  ALTER TABLE deep REPLICA IDENTITY FULL;
  CREATE TABLE parted (tenant_id text NOT NULL, id int NOT NULL, note text, PRIMARY KEY (tenant_id, id)) PARTITION BY RANGE (id);
  CREATE TABLE parted_1 PARTITION OF parted FOR VALUES FROM (0) TO (100);
  CREATE TABLE parted_2 (note text, id int NOT NULL, tenant_id text NOT NULL, PRIMARY KEY (tenant_id, id));
  ALTER TABLE parted ATTACH PARTITION parted_2 FOR VALUES FROM (100) TO (200);
  CREATE TABLE countries (code text PRIMARY KEY);
  ALTER TABLE orders ALTER body SET STORAGE EXTERNAL;
  ALTER TABLE whole ALTER body SET STORAGE EXTERNAL;
  ALTER TABLE named ALTER body SET STORAGE EXTERNAL;
  INSERT INTO tenants VALUES ('a', 'A'), ('b', 'B');
`;

const step = (columns: string, references: string, referencedColumns: string) => ({
  columns: [columns],
  references,
  referencedColumns: [referencedColumns],
});

export const MODEL = TenantModel.parse({
  format: 'holdfast.tenant-model/1',
  tables: [
    { kind: 'root', table: 'public.tenants', column: 'id' },
    ...['orders', 'weak', 'whole', 'named', 'parted'].map(name => ({
      kind: 'direct',
      table: `public.${name}`,
      column: 'tenant_id',
    })),
    { kind: 'via', table: 'public."Odd Lines"', path: [step('order', 'public.named', 'id')] },
    {
      kind: 'via',
      table: 'public.deep',
      path: [step('line', 'public."Odd Lines"', 'id'), step('order', 'public.named', 'id')],
    },
    { kind: 'shared', table: 'public.countries' },
  ],
});

export interface LogFixture {
  readonly database: TestDatabase;
  readonly deps: LocalDeps;
  readonly ctx: Context;
  sql(text: string): Promise<unknown[]>;
  ref(tenant: string): TenantRef;
  /** `a`: `I orders a,1,x` …, everything in the tenant's own segments, in order; `-`: the unrouted log. */
  log(tenant: string): Promise<string[]>;
  /** The same, merged with the unrouted log (marked `~`). */
  merged(tenant: string, from: string, to: string): Promise<string[]>;
  dispose(): Promise<void>;
}

export async function logFixture(
  version: PgVersion,
  options: {
    settings?: Partial<Settings>;
    schema?: string;
    model?: TenantModel;
    serverUrl?: string;
    slot?: string;
  } = {},
): Promise<LogFixture> {
  const database = options.serverUrl ? await createDatabase(options.serverUrl, version) : await testDatabase(version);
  await database.query(options.schema ?? SCHEMA);
  const deps = await localDeps();
  const ctx: Context = {
    ...deps,
    source: database.source,
    model: options.model ?? MODEL,
    settings: defaultSettings(options.settings ?? {}),
    slot: options.slot ?? `slot_${database.name}`,
    publication: 'Holdfast "odd" publication',
  };
  await withConnection(ctx.source, 'test', connection => ensurePublication(ctx, connection));
  const fixture: LogFixture = {
    database,
    deps,
    ctx,
    sql: text => database.query(text),
    ref: tenant => (tenant === '-' ? SYSTEM : tenantRef(deps.installation, tenantId(tenant))),
    async log(tenant) {
      const owner = fixture.ref(tenant);
      const lines: string[] = [];
      const describe = describer();
      for (const item of await segments.list(deps.catalog, owner)) {
        for await (const frame of readSegment(deps, owner, item, { verify: true }))
          lines.push(...describe(frame.message));
      }
      return lines;
    },
    async merged(tenant, from, to) {
      const lines: string[] = [];
      const describe = { own: describer(), system: describer() };
      for await (const transaction of mergedLog(deps, fixture.ref(tenant), parseLsn(from), parseLsn(to))) {
        for (const frame of transaction.frames) {
          lines.push(...describe[frame.log](frame.message).map(line => (frame.log === 'system' ? `~${line}` : line)));
        }
      }
      return lines;
    },
    async dispose() {
      await database.drop();
      await deps.dispose();
    },
  };
  return fixture;
}

/** One line per message that is not B, C or R; long values are truncated; `?` is an unchanged value. */
function describer(): (bytes: Buffer) => string[] {
  const relations = new Map<number, Relation>();
  return bytes => {
    const message = parseMessage(bytes);
    if (message.type === 'relation') relations.set(message.oid, message);
    if (message.type === 'truncate') return [`T ${message.oids.map(oid => relations.get(oid)?.name).join(',')}`];
    if (message.type === 'message') return [`M ${message.content.toString()}`];
    if (message.type !== 'insert' && message.type !== 'update' && message.type !== 'delete') return [];
    const name = relations.get(message.oid)?.name ?? 'untold';
    const old = message.old ? `[${text(message.old)}]` : '';
    return [`${message.type[0]!.toUpperCase()} ${name} ${old}${message.new ? text(message.new) : ''}`];
  };
}

function text(tuple: Tuple): string {
  return tuple.map(value => (value === null ? '∅' : value === undefined ? '?' : short(value.toString()))).join(',');
}

function short(value: string): string {
  return value.length > 40 ? `${value.slice(0, 3)}…${value.length}` : value;
}
