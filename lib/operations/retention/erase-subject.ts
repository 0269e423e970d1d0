/**
 * Records that rows of a subject were erased, so that no later restore returns them. Only keyed digests of the keys are
 * stored. The live rows are the application's to delete; backups cannot be rewritten, so every restore omits these
 * rows. The record is a signed manifest: it survives `catalog rebuild`. Under a legal hold it names the holds that defer it:
 * restores omit the rows all the same, and nothing is removed because of it (deferred-erasures.ts).
 */
import { erasureDigest } from '../../codec/digest.ts';
import { InputError } from '../../domain/errors.ts';
import type { ErasureBody } from '../../domain/manifest.ts';
import { newId } from '../../domain/new-id.ts';
import { manifestKey } from '../../domain/object-key.ts';
import { retainUntil } from '../../domain/settings.ts';
import type { TableName, TableSchema } from '../../domain/table-schema.ts';
import type { TenantId } from '../../domain/tenant.ts';
import { ownedTables } from '../../domain/tenant-model.ts';
import { readSchema } from '../../postgres/catalogs/catalog-discovery.ts';
import { withConnection } from '../../postgres/connection.ts';
import { canonicalKeys } from '../../postgres/export/canonical-keys.ts';
import { chunkKey } from '../../postgres/sql.ts';
import { type ErasureItem, erasures } from '../catalog/catalog-index.ts';
import { type Context, refOf } from '../context.ts';
import { writeManifest } from '../storage/manifest-store.ts';
import { standingHolds } from '../storage/standing-holds.ts';
import { ensureDigestKey } from '../storage/tenant-key.ts';

export interface ErasureRequest {
  readonly table: TableName;
  /** Each key has the text values of the key columns in order, with or without the tenant column. */
  readonly keys: readonly (readonly string[])[];
  readonly requestedBy: string;
  readonly reason: string;
}

/** Throws InputError `unknown-table`, `no-key`, `bad-key` (which never repeats a key); SourceError. */
export async function eraseSubject(ctx: Context, tenant: TenantId, request: ErasureRequest): Promise<ErasureItem> {
  const owned = ownedTables(ctx.model).find(table => table.table === request.table);
  if (!owned) throw unknownTable(request.table);
  const { schema, keys } = await withConnection(ctx.source, 'erase', async connection => {
    const [schema] = (await readSchema(connection, [request.table])).tables;
    if (!schema) throw unknownTable(request.table);
    const key = chunkKey(owned, schema);
    if (key.length === 0) {
      throw new InputError('no-key', `${request.table} has no key that identifies a row.`, {
        hint: 'Give the table a primary key; until then only the entire table can be restored.',
      });
    }
    return {
      schema,
      keys: await canonicalKeys(connection, columnsOf(schema, key), withoutTenant(request.keys, schema, key)),
    };
  });
  const ref = refOf(ctx, tenant);
  const secret = await ensureDigestKey(ctx, ref);
  const key = chunkKey(owned, schema);
  const digests = [...new Set(keys.map(values => erasureDigest(secret, request.table, values)))];
  const holds = (await standingHolds(ctx, ref)).map(({ hold }) => hold);
  const body: ErasureBody = {
    tenantId: tenant,
    table: request.table,
    key,
    digests,
    requestedBy: request.requestedBy,
    reason: request.reason,
    ...(holds.length > 0 && { deferredBy: holds }),
  };
  const now = ctx.clock.now();
  const id = newId(ctx, now);
  const stored = await writeManifest(
    ctx,
    manifestKey(ref, 'erasure', id),
    {
      ...{ kind: 'erasure', id, tenant: ref, previous: null, objects: [], from: '0/0', to: '0/0' },
      ...{ createdAt: now.toISOString(), fromTime: now.toISOString(), toTime: now.toISOString() },
    },
    body,
    { retainUntil: retainUntil(ctx.settings, 'record', now) },
  );
  const item = {
    id,
    key: stored.key,
    sha256: stored.sha256,
    table: request.table,
    count: digests.length,
    at: now.toISOString(),
  };
  await ctx.catalog.write([erasures.put(ref, item)]);
  return item;
}

function columnsOf(schema: TableSchema, key: readonly string[]) {
  return key.map(name => schema.columns.find(column => column.name === name)!);
}

/** Removes the tenant column from keys: it is the same in all rows of a tenant. */
function withoutTenant(keys: ErasureRequest['keys'], schema: TableSchema, key: readonly string[]): string[][] {
  const places = key.map(name => schema.key.indexOf(name));
  return keys.map(values => {
    if (values.length === key.length) return [...values];
    if (values.length === schema.key.length) return places.map(place => values[place]!);
    throw new InputError(
      'bad-key',
      `A key of ${schema.table} has ${values.length} value(s); it needs ${key.length} (${key.join(', ')}).`,
      {
        hint: 'Give the values of the key columns in order.',
      },
    );
  });
}

function unknownTable(table: TableName): InputError {
  return new InputError('unknown-table', `The tenant model owns no table ${table}.`, {
    hint: 'Name the table as the model does: schema.table.',
    details: { table },
  });
}
