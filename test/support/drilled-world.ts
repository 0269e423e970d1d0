/**
 * A protected fleet of shops with a history, ready to be drilled, and an independent look into the scratch databases: the
 * acceptance hook of the drill is the observer, since only then the database exists.
 */
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import type { DrillRecord } from '../../lib/domain/drill.ts';
import { openFileVault } from '../../lib/local/file-vault.ts';
import { openLocalKeyring } from '../../lib/local/local-keyring.ts';
import { openLocalSigner } from '../../lib/local/local-signer.ts';
import { processMemory } from '../../lib/local/process-memory.ts';
import { openSqliteCatalog } from '../../lib/local/sqlite-catalog.ts';
import type { Context } from '../../lib/operations/context.ts';
import type { DrillPlant, HookRequest, RegionStores } from '../../lib/operations/drills/drill-run.ts';
import type { Vault } from '../../lib/ports.ts';
import { type PgVersion, type TestDatabase, testDatabase } from './postgres.ts';
import { type ProtectedDatabase, protect } from './protected-database.ts';
import { createShops } from './shop-database.ts';

const OWNERS = {
  shops: 't.id::text',
  customers: 't.shop_id::text',
  orders: 't.shop_id::text',
  order_lines: '(SELECT o.shop_id::text FROM orders o WHERE o.id = t.order_id)',
};
const TABLES = Object.keys(OWNERS);

/** Rows of a shop by table, as text. */
export type ShopRows = Record<string, string[]>;

export interface DrilledWorld extends Pick<ProtectedDatabase, 'db' | 'deps' | 'ctx' | 'ship'> {
  readonly plant: DrillPlant;
  /** States of each shop in the order of the log, and the position up to which each stood. */
  readonly states: { readonly lsn: bigint; readonly rows: Readonly<Record<string, ShopRows>> }[];
  /** Whether the scratch database of the drill is removed. */
  isClean(record: Pick<DrillRecord, 'scratch'>): Promise<boolean>;
}

/** Three shops with six changes, all shipped. `dispose` it by `db` and `deps`. */
export async function drilledWorld(version: PgVersion): Promise<DrilledWorld & { dispose(): Promise<void> }> {
  const db = await testDatabase(version);
  await createShops(db);
  const made = await protect(db, { owners: OWNERS });
  const states: DrilledWorld['states'] = [];
  const note = async () => {
    const { lsn } = await made.moment();
    states.push({ lsn: positionOf(lsn), rows: await rowsOfAll(db) });
  };
  await note();
  for (const change of CHANGES) {
    await db.query(change);
    await note();
    await made.ship();
  }
  return {
    ...{ db: made.db, deps: made.deps, ctx: made.ctx, ship: made.ship, states, dispose: made.dispose },
    plant: { tierOf: () => 'standard' },
    isClean: async ({ scratch }) =>
      (await db.query('SELECT 1 FROM pg_database WHERE datname = $1', [scratch!.database])).length === 0,
  };
}

const CHANGES = [
  `UPDATE orders SET note = 'first' WHERE id % 3 = 0`,
  `DELETE FROM order_lines WHERE amount = 2`,
  `INSERT INTO customers SELECT s, 100 + n, 'new' || n, NULL FROM generate_series(1, 3) s, generate_series(1, 5) n`,
  `UPDATE customers SET email = upper(email) WHERE shop_id <> 2`,
  `DELETE FROM orders WHERE id % 7 = 0`,
  `UPDATE shops SET name = name || ' & Co'`,
];

/** A position `X/Y` as a number; of a vault in its first source epoch. */
export function positionOf(text: string): bigint {
  const [high, low] = text.split('/').map(part => BigInt(`0x${part}`));
  return (high! << 32n) | low!;
}

export async function rowsOfAll(db: Pick<TestDatabase, 'query'>): Promise<Record<string, ShopRows>> {
  const all: Record<string, ShopRows> = {};
  for (const table of TABLES) {
    const owner = OWNERS[table as keyof typeof OWNERS];
    const rows = await db.query(`SELECT ${owner} AS shop, t::text AS row FROM ${table} t ORDER BY t::text COLLATE "C"`);
    for (const { shop, row } of rows) {
      all[shop] ??= {};
      all[shop][table] ??= [];
      all[shop][table].push(row);
    }
  }
  return all;
}

/** What an observer with credentials of its own sees in the scratch database of a drill. */
export async function lookIntoScratch(
  db: Pick<TestDatabase, 'url'>,
  { database }: Pick<HookRequest, 'database'>,
): Promise<Record<string, ShopRows>> {
  const url = new URL(db.url);
  url.pathname = `/${database.name}`;
  const client = new pg.Client({ connectionString: url.href });
  await client.connect();
  try {
    return await rowsOfAll({ query: async sql => (await client.query(sql)).rows });
  } finally {
    await client.end();
  }
}

/** Copies vault and keys as replication to another region does, and opens the copies with an empty catalog. */
export async function copiedRegion({ deps, ctx }: Pick<DrilledWorld, 'deps' | 'ctx'>): Promise<{
  readonly directory: string;
  open(): Promise<RegionStores>;
}> {
  const directory = join(deps.dir, 'region');
  await cp(join(deps.dir, 'vault'), join(directory, 'vault'), { recursive: true });
  await cp(join(deps.dir, 'keys'), join(directory, 'keys'), { recursive: true });
  return {
    directory,
    async open() {
      const catalog = openSqliteCatalog(':memory:');
      return {
        vault: await openFileVault(join(directory, 'vault'), ctx.clock),
        keyring: await openLocalKeyring(join(directory, 'keys'), ctx.clock),
        signer: await openLocalSigner(join(directory, 'keys')),
        ...{ catalog, memory: processMemory(), close: () => catalog.close() },
      };
    },
  };
}

/** Everything of the first region fails: of its vault only records of drills are read and written. */
export function lostRegion(ctx: Context): Context {
  const lost = async (): Promise<never> => {
    throw new Error('The first region is lost.');
  };
  const nothing = new Proxy({}, { get: () => lost }) as never;
  const ofDrills = (key: string) => (key.startsWith('governance/drills/') ? ctx.vault : (nothing as Vault));
  const vault: Vault = {
    put: (key, ...rest) => ofDrills(key).put(key, ...rest),
    get: (key, range) => ofDrills(key).get(key, range),
    head: key => ofDrills(key).head(key),
    list: (prefix, after) => ofDrills(prefix).list(prefix, after),
    keys: (prefix, after) => ofDrills(prefix).keys(prefix, after),
    ...{ extendRetention: lost, setHold: lost, delete: lost },
  };
  return { ...ctx, vault, keyring: nothing, catalog: nothing, source: { url: 'postgres://nobody@127.0.0.1:1/lost' } };
}
